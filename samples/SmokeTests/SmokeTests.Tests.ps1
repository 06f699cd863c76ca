# Smoke tests of a Linux guest: boots it once, looks at what it found, and lets it switch itself off. Copy it, and change what you test.
#   KVMPS_TEST_GUEST   folder with the kernel and the initial RAM disk
#   KVMPS_SMOKE_KERNEL, KVMPS_SMOKE_INITRD   their names in it
#   KVMPS_MODULE       where the module is, when it is not installed
#   KVMPS_FAILURES     folder for the failure bundles

[System.Diagnostics.CodeAnalysis.SuppressMessageAttribute('PSUseDeclaredVarsMoreThanAssignments', 'cannotRun', Justification = 'The -Skip of Describe uses it.')]
param()

BeforeDiscovery {
    $kernel = "$env:KVMPS_TEST_GUEST/$($env:KVMPS_SMOKE_KERNEL ? $env:KVMPS_SMOKE_KERNEL : 'vmlinux-smp')"
    $cannotRun = -not ([System.IO.File]::Exists($kernel) -and [System.IO.File]::Exists('/dev/kvm'))
}

Describe 'A Linux guest' -Skip:$cannotRun {
    BeforeAll {
        if (-not (Get-Module KvmPS)) { Import-Module ($env:KVMPS_MODULE ? $env:KVMPS_MODULE : 'KvmPS') }
        Register-KvmShouldOperator
        $failures = $env:KVMPS_FAILURES ? $env:KVMPS_FAILURES : "$PWD/failures"
        $kernel = "$env:KVMPS_TEST_GUEST/$($env:KVMPS_SMOKE_KERNEL ? $env:KVMPS_SMOKE_KERNEL : 'vmlinux-smp')"
        $initrd = "$env:KVMPS_TEST_GUEST/$($env:KVMPS_SMOKE_INITRD ? $env:KVMPS_SMOKE_INITRD : 'initrd.cpio')"
        $image = (New-KvmDiskImage "$TestDrive/smoke.img" 8MB -Format Raw -Force).Path
        $vm = New-KvmVM $kernel -Name smoke -Initrd $initrd -CommandLine 'console=ttyS0 SHELL' -VcpuCount 2 -MemoryBytes 96MB -Disk $image

        # Runs a test; when it fails, all that is known of the machine goes to the folder of failures before anything is cleaned up, and the error says where.
        function Watch-Guest([scriptblock]$Test) {
            try { & $Test } catch {
                Export-KvmFailureBundle $vm $failures -InformationVariable told
                $_.Exception.Data['Attachments'] = $told
                throw
            }
        }

        Watch-Guest {
            Start-KvmVM $vm
            Invoke-KvmGuestCommand $vm 'true' -Timeout 300 -ErrorAction Stop | Should -BeKvmSuccess
        }
    }

    # Runs even when BeforeAll has failed or the run is stopped. What a killed run leaves ends with its process.
    AfterAll { Get-KvmVM smoke* | Remove-KvmVM }

    It 'boots to a shell, without a complaint of the kernel' {
        Watch-Guest {
            $vm | Should -BeKvmState Running
            $vm | Should -HaveKvmSerialText 'Linux version \d+\.\d+'
            $vm | Should -Not -HaveKvmSerialText 'Kernel panic|BUG:|Oops:'
        }
    }

    It 'has its CPUs' {
        Watch-Guest {
            $answer = Invoke-KvmGuestCommand $vm 'cat /proc/cpuinfo' -ErrorAction Stop
            $answer | Should -BeKvmSuccess
            [regex]::Matches($answer.Output, '(?m)^processor\s*:').Count | Should -Be $vm.VcpuCount
        }
    }

    It 'has its memory' {
        Watch-Guest {
            $answer = Invoke-KvmGuestCommand $vm 'cat /proc/meminfo' -ErrorAction Stop
            $answer.Output -match 'MemTotal:\s+(\d+) kB' | Should -BeTrue
            $total = 1KB * [long]$Matches[1]
            $total | Should -BeGreaterThan ($vm.MemoryBytes * 0.6) -Because 'the kernel and its initial RAM disk need some, not all'
            $total | Should -BeLessThan $vm.MemoryBytes
        }
    }

    It 'knows the time' {
        Watch-Guest {
            $before = [System.DateTimeOffset]::UtcNow.ToUnixTimeSeconds()
            $answer = Invoke-KvmGuestCommand $vm 'date +%s' -ErrorAction Stop
            $answer | Should -BeKvmSuccess
            [System.Math]::Abs([long]$answer.Output - $before) | Should -BeLessThan 120 -Because 'its clock was set at boot from ours'
        }
    }

    It 'keeps what it writes to its disk' {
        Watch-Guest {
            $text = 'smoke test 4711'
            $text | Invoke-KvmGuestCommand $vm 'cat > /dev/vda && sync' -ErrorAction Stop | Should -BeKvmSuccess
            (Invoke-KvmGuestCommand $vm "head -c $($text.Length) /dev/vda" -ErrorAction Stop).Output | Should -BeExactly $text
            $disk = Get-KvmDisk $vm
            $disk.ErrorCount | Should -Be 0
        }
    }

    It 'switches itself off, and its disk is what it wrote' {
        Watch-Guest {
            Write-KvmSerial $vm 'poweroff -f'
            $null = Wait-KvmVM $vm -Timeout 120 -ErrorAction Stop
            $vm | Should -BeKvmState Off
            $vm | Should -BeKvmSuccess
            [System.Text.Encoding]::ASCII.GetString([System.IO.File]::ReadAllBytes($image), 0, 15) | Should -BeExactly 'smoke test 4711'
        }
    }
}
