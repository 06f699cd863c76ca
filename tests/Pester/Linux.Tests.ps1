# A Linux guest from its kernel to its userspace. The guest is no part of the project: KVMPS_TEST_GUEST names the folder that has it.

BeforeDiscovery {
    $guest = $env:KVMPS_TEST_GUEST ? $env:KVMPS_TEST_GUEST : "$PSScriptRoot/../../../shared/guest"
    $noGuest = -not ([System.IO.File]::Exists("$guest/vmlinux") -and [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm'))
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $guest = $env:KVMPS_TEST_GUEST ? $env:KVMPS_TEST_GUEST : "$PSScriptRoot/../../../shared/guest"
}

Describe 'A Linux guest from <_>' -ForEach 'vmlinux', 'bzImage' -Skip:$noGuest {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'boots to userspace, and ends when it reboots' {
        $vm = New-KvmVM "$guest/$_" -Initrd "$guest/initrd-tiny.cpio" -CommandLine 'console=ttyS0 reboot=k fast' -MemoryBytes 64MB
        Start-KvmVM $vm
        $banner = Wait-KvmSerial $vm 'Linux version (?<version>\S+) ' -FailurePattern 'Kernel panic' -Timeout 300
        $banner.Captures['version'] | Should -Match '^\d+\.\d+'
        (Wait-KvmSerial $vm 'ttyS0 at I/O 0x3f8 .* is a (?<type>\w+)\n' -Timeout 300).Captures['type'] | Should -Be '16550A'
        $null = Wait-KvmSerial $vm '=== USERSPACE MARKER ===', '=== DONE ===' -FailurePattern 'Kernel panic' -Timeout 300
        $null = Wait-KvmVM $vm -Timeout 300
        $vm.ExitReason | Should -Be 'GuestReset'
        (Read-KvmSerial $vm) -join "`n" | Should -Match '=== DONE ==='
    }
}

Describe 'A Linux guest with a shell' -Skip:$noGuest {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'runs what is typed' {
        $vm = New-KvmVM "$guest/vmlinux" -Initrd "$guest/initrd.cpio" -CommandLine 'console=ttyS0 reboot=k SHELL' -MemoryBytes 64MB | Start-KvmVM -PassThru
        $null = Wait-KvmSerial $vm '/ # ' -FailurePattern 'Kernel panic' -Timeout 300
        Write-KvmSerial $vm 'echo $((6 * 7))-answer'
        (Wait-KvmSerial $vm '(\d+)-answer' -Timeout 300).Captures['1'] | Should -Be '42'
    }
}

Describe 'A Linux guest without a root' -Skip:$noGuest {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'ends with a panic, and a wait with the error that names it' {
        $vm = New-KvmVM "$guest/vmlinux" -CommandLine 'console=ttyS0 reboot=k' -MemoryBytes 64MB | Start-KvmVM -PassThru
        Wait-KvmSerial $vm 'never' -Timeout 300 -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmGuestPanic,KvmPS.Commands.WaitKvmSerialCommand'
        "$($problems[0].Exception.ConsoleTail)" | Should -BeLike '*Kernel panic*'
        $vm.ExitReason | Should -Be 'GuestPanic'
    }
}
