BeforeDiscovery {
    $guest = $env:KVMPS_TEST_GUEST ? $env:KVMPS_TEST_GUEST : "$PSScriptRoot/../../../shared/guest"
    $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm')
    $noGuest = $noKvm -or -not [System.IO.File]::Exists("$guest/vmlinux")
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $guest = $env:KVMPS_TEST_GUEST ? $env:KVMPS_TEST_GUEST : "$PSScriptRoot/../../../shared/guest"
}

Describe 'Invoke-KvmGuestCommand' -Skip:$noGuest {
    BeforeAll {
        $vm = New-KvmVM "$guest/vmlinux" -Name linux -Initrd "$guest/initrd.cpio" -CommandLine 'console=ttyS0 reboot=k SHELL' -MemoryBytes 64MB | Start-KvmVM -PassThru
    }
    AfterAll { Get-KvmVM | Remove-KvmVM }

    It 'waits for the shell of a guest that boots, and runs a command' {
        $result = Invoke-KvmGuestCommand linux 'echo one; echo two >&2; exit 3'
        $result | Should -BeOfType ([KvmPS.KvmGuestResult])
        $result.VMName | Should -Be 'linux'
        $result.Command | Should -BeExactly 'echo one; echo two >&2; exit 3'
        $result.Output | Should -BeExactly "one`ntwo`n"
        $result.ExitCode | Should -Be 3
        $result.Duration | Should -BeGreaterThan ([timespan]::Zero)
        "$result" | Should -BeExactly "one`ntwo"
    }

    It 'takes a machine by object, and several commands' {
        (Invoke-KvmGuestCommand $vm 'true', 'false').ExitCode | Should -Be 0, 1
    }

    It 'takes a piped machine' {
        ($vm | Invoke-KvmGuestCommand 'echo piped').Output | Should -BeExactly "piped`n"
    }

    It 'gives piped strings to the command as lines, never as names' {
        ('linux', 'two' | Invoke-KvmGuestCommand linux 'cat').Output | Should -BeExactly "linux`ntwo`n"
        ('text' | Invoke-KvmGuestCommand $vm 'cat').Output | Should -BeExactly "text`n"
    }

    It 'gives bytes as bytes, both ways' {
        $bytes = [byte[]](0, 3, 4, 10, 13, 13, 10, 27, 127, 128, 255, 13)
        (, $bytes | Invoke-KvmGuestCommand linux 'cat').OutputBytes | Should -Be $bytes
    }

    It 'says of piped input without a machine what is missing' {
        'linux' | Invoke-KvmGuestCommand 'true' -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmVMNotFound,KvmPS.Commands.InvokeKvmGuestCommandCommand'
    }

    It 'runs nothing with -WhatIf' {
        $before = $vm.SerialBytes
        Invoke-KvmGuestCommand linux 'echo no' -WhatIf | Should -BeNullOrEmpty
        $vm.SerialBytes | Should -Be $before
    }

    It 'gives the text so far when the time is over, and takes the next command' {
        Invoke-KvmGuestCommand linux 'echo begun; sleep 6' -Timeout 4 -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmGuestCommandTimeout,KvmPS.Commands.InvokeKvmGuestCommandCommand'
        $problems[0].Exception.GuestOutput | Should -BeExactly "begun`n"
        (Invoke-KvmGuestCommand linux 'echo next').Output | Should -BeExactly "next`n"
    }

    It 'keeps what the kernel says out of the output' {
        (Invoke-KvmGuestCommand linux "printf before-; echo '<0>a line of the kernel' >/dev/kmsg; printf after").Output | Should -BeExactly 'before-after'
    }

    It 'ends at once when the kernel is broken, and not when the command prints that' {
        $oops = '[    9.123456] Oops: 0002 [#1] SMP PTI'
        (Invoke-KvmGuestCommand linux "echo '$oops'").Output | Should -BeExactly "$oops`n"

        $bug = "echo begun; echo '<0>BUG: unable to handle page fault' >/dev/kmsg; sleep 3"
        Invoke-KvmGuestCommand linux $bug -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmSerialFailurePattern,KvmPS.Commands.InvokeKvmGuestCommandCommand'
        "$($problems[0])" | Should -BeLike "The kernel of machine 'linux' wrote '*BUG: unable to handle page fault'*default failure pattern 'BUG'."
        $problems[0].Exception.GuestOutput | Should -BeExactly "begun`n"

        (Invoke-KvmGuestCommand linux $bug -NoDefaultFailurePattern).Output | Should -BeExactly "begun`n"
    }

    It 'answers each of several runspaces' {
        $waiting = 1..3 | ForEach-Object { [powershell]::Create((New-TestRunspace)).AddScript("Invoke-KvmGuestCommand linux 'echo $_; exit $_'") } | ForEach-Object { @{ Shell = $_; Call = $_.BeginInvoke() } }
        $results = $waiting | ForEach-Object { $_.Shell.EndInvoke($_.Call); $_.Shell.Runspace.Dispose() }
        $results.ExitCode | Should -Be 1, 2, 3
        $results.Output | Should -Be "1`n", "2`n", "3`n"
    }

    It 'runs in a job' {
        $job = Invoke-KvmGuestCommand linux 'echo job' -AsJob
        ($job | Wait-Job | Receive-Job).Output | Should -BeExactly "job`n"
        $job.State | Should -Be 'Completed'
    }

    It 'ends when the machine does, and names the reason' {
        Invoke-KvmGuestCommand linux 'reboot -f' -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmVMEnded,KvmPS.Commands.InvokeKvmGuestCommandCommand'
        $problems[0].Exception.Exit.Reason | Should -Be 'GuestReset'
    }
}

Describe 'Invoke-KvmGuestCommand without a guest to talk to' -Skip:$noKvm {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'says that no machine was given' {
        { Invoke-KvmGuestCommand 'true' } | Should -Throw -ErrorId 'KvmVMNotFound,*'
    }

    It 'says of a machine that was never started that it has no console' {
        $null = New-KvmVM -Name still -Code (Get-GuestCode hello)
        { Invoke-KvmGuestCommand still 'true' -ErrorAction Stop } | Should -Throw -ErrorId 'KvmVMNeverStarted,*'
    }

    It 'is no shell that echoes only' {
        $null = New-KvmVM -Name echo -Code (Get-GuestCode echo) | Start-KvmVM -PassThru
        { Invoke-KvmGuestCommand echo 'true' -Timeout 1 -ErrorAction Stop } | Should -Throw -ErrorId 'KvmGuestCommandTimeout,*'
    }
}
