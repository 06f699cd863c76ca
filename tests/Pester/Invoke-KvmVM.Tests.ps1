BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Invoke-KvmVM' -Skip:$noKvm {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'refuses to wait for a machine that its panic would pause' {
        { Invoke-KvmVM -Code 0xf4 -OnPanic Pause -ErrorAction Stop } | Should -Throw -ErrorId 'KvmInvalidConfiguration,*'
        [System.IO.File]::WriteAllText("$TestDrive/pauses.json", '{ "version": 1, "code": "9A==", "onPanic": "Pause" }')
        { Invoke-KvmVM -ConfigurationPath "$TestDrive/pauses.json" -ErrorAction Stop } | Should -Throw -ErrorId 'KvmInvalidConfiguration,*'
        (Get-KvmVM).Count | Should -Be 0
    }

    It 'runs a program to its end and returns all about it' {
        $result = Invoke-KvmVM -Name once -Code (Get-GuestCode hello)
        $result | Should -BeOfType ([KvmPS.KvmRunResult])
        $result.VMName | Should -Be 'once'
        $result.ExitReason | Should -Be 'DebugExit'
        $result.ExitCode | Should -Be 33
        $result.SerialText | Should -BeLike "Hello from KvmPS!*Goodbye.`n"
        $result.TimeToFirstByte | Should -BeLessOrEqual $result.Duration
        $result.ExitCounts['Io'] | Should -BeGreaterThan 100
        $result.Fault | Should -BeNullOrEmpty
        "$result" | Should -Be 'once: DebugExit (33)'
    }

    It 'leaves no machine behind' {
        $null = Invoke-KvmVM -Code (Get-GuestCode halt)
        (Get-KvmVM).Count | Should -Be 0
    }

    It 'ends <Guest> with <Reason>' -ForEach @(
        @{ Guest = 'halt'; Reason = 'Halted'; Code = $null }
        @{ Guest = 'clihlt'; Reason = 'Halted'; Code = $null }
        @{ Guest = 'triple'; Reason = 'TripleFault'; Code = $null }
        @{ Guest = 'mode-real'; Reason = 'DebugExit'; Code = 1 }
        @{ Guest = 'probe-uart'; Reason = 'DebugExit'; Code = 1 }
    ) {
        $result = Invoke-KvmVM -Code (Get-GuestCode $Guest) -Timeout 60
        $result.ExitReason | Should -Be $Reason
        $result.ExitCode | Should -Be $Code
    }

    It 'enters code in <Mode> mode' -ForEach @(@{ Mode = 'Protected' }, @{ Mode = 'Long' }) {
        $result = Invoke-KvmVM -Code (Get-GuestCode "mode-$($Mode.ToLowerInvariant())") -CpuMode $Mode -MemoryBytes 16MB -Timeout 60
        $result.ExitCode | Should -Be 1
        $result.SerialText | Should -BeLike "*$Mode*"
    }

    It 'loads code where it is told' {
        (Invoke-KvmVM -Code (Get-GuestCode halt) -LoadAddress 0x8000).ExitReason | Should -Be 'Halted'
    }

    It 'finds a dead halt with an interrupt controller too' {
        (Invoke-KvmVM -Code (Get-GuestCode clihlt) -InterruptController -Timeout 60).ExitReason | Should -Be 'Halted'
    }

    It 'wakes a halted CPU by its timer' {
        (Invoke-KvmVM -Code (Get-GuestCode sti-hlt) -InterruptController -Timeout 60).SerialText | Should -BeLike '..........*ten ticks*'
    }

    It 'turns a machine off that takes too long: the result comes, and an error with it' {
        $result = Invoke-KvmVM -Name slow -Code (Get-GuestCode spin) -Timeout 0.05 -ErrorVariable problems -ErrorAction SilentlyContinue
        $result.ExitReason | Should -Be 'TurnedOff'
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmRunTimeout,KvmPS.Commands.InvokeKvmVMCommand'
        $problems[0].CategoryInfo.Category | Should -Be 'OperationTimeout'
        $problems[0].TargetObject.Name | Should -Be 'slow'
        (Get-KvmVM).Count | Should -Be 0
    }

    It 'runs one after the other from the pipeline' {
        $results = [pscustomobject]@{ Name = 'a'; Code = Get-GuestCode hello }, [pscustomobject]@{ Name = 'b'; Code = Get-GuestCode halt } | Invoke-KvmVM
        $results.VMName | Should -Be 'a', 'b'
        $results.ExitReason | Should -Be 'DebugExit', 'Halted'
    }

    It 'keeps every byte in a file' {
        $result = Invoke-KvmVM -Code (Get-GuestCode hello) -SerialLogPath TestDrive:/console.log
        [System.IO.File]::ReadAllText("$TestDrive/console.log") | Should -BeExactly $result.SerialText
    }

    It 'says that the file cannot be written, and leaves nothing behind' {
        { Invoke-KvmVM -Code (Get-GuestCode hello) -SerialLogPath /no/such/folder/log -ErrorAction Stop } | Should -Throw -ErrorId 'KvmFileNotFound,*'
        (Get-KvmVM).Count | Should -Be 0
    }

    It 'runs nothing with -WhatIf' { Invoke-KvmVM -Code (Get-GuestCode hello) -WhatIf | Should -BeNullOrEmpty }

    It 'collects what went to the debug console and to the diagnostic port' {
        $result = Invoke-KvmVM -Code ([byte[]](0xb0, 0x42, 0xe6, 0x80, 0xe6, 0xe9, 0xf4))
        $result.DebugConsoleText | Should -BeExactly 'B'
        $result.PostCodes.Code | Should -Be 0x42
    }

    It 'hands a multiboot kernel its command line and its modules' {
        [System.IO.File]::WriteAllText("$TestDrive/alpha.txt", 'the first module')
        $result = Invoke-KvmVM "$PSScriptRoot/../Guests/multiboot/multiboot.elf" -Initrd "$TestDrive/alpha.txt a=1" -CommandLine 'one=1 two' -Timeout 60
        $result.ExitCode | Should -Be 1
        $result.SerialText | Should -BeLike '*command line: *multiboot.elf one=1 two*'
        $result.SerialText | Should -BeLike '*module: *alpha.txt a=1: the first module*'
    }

    It 'is stopped by Ctrl+C, and leaves nothing behind' {
        $waiting = Start-Waiting 'param($code) Invoke-KvmVM -Name endless -Code $code -Timeout -1' (, (Get-GuestCode spin))
        $vm = Get-KvmVM endless
        $waiting.Shell.Stop()
        { Complete-Waiting $waiting } | Should -Throw
        $vm.State | Should -Be 'Off'
        (Get-KvmVM).Count | Should -Be 0
    }

    It 'ends with an error when its machine is removed meanwhile' {
        $waiting = Start-Waiting 'param($code) try { Invoke-KvmVM -Name endless -Code $code -Timeout -1 -ErrorAction Stop } catch { $_.FullyQualifiedErrorId }' (, (Get-GuestCode spin))
        Remove-KvmVM endless
        Complete-Waiting $waiting | Should -Be 'KvmVMRemoved,KvmPS.Commands.InvokeKvmVMCommand'
    }
}
