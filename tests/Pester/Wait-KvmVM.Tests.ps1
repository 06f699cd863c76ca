BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Wait-KvmVM' -Skip:$noKvm {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'returns the machine when it has ended' {
        $vm = New-KvmVM -Code (Get-GuestCode hello) | Start-KvmVM -PassThru | Wait-KvmVM -Timeout 60
        $vm.State | Should -Be 'Off'
        $vm.ExitReason | Should -Be 'DebugExit'
        $vm.ExitCode | Should -Be 33
    }

    It 'returns at once for a machine that is off' {
        $vm = New-KvmVM -Code (Get-GuestCode hello)
        (Wait-KvmVM $vm -Timeout 0).Name | Should -Be $vm.Name
    }

    It 'waits until a machine runs' {
        $vm = New-KvmVM -Code (Get-GuestCode spin) | Start-KvmVM -PassThru
        (Wait-KvmVM $vm -For Running -Timeout 60).State | Should -Be 'Running'
    }

    It 'ends with an error when the time is over, and the machine keeps running: <_>' -ForEach 0, 0.05, '0.05', '00:00:00.05', ([timespan]::FromMilliseconds(50)) {
        $vm = New-KvmVM -Name slow -Code (Get-GuestCode spin) | Start-KvmVM -PassThru
        Wait-KvmVM $vm -Timeout $_ -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmWaitTimeout,KvmPS.Commands.WaitKvmVMCommand'
        $problems[0].CategoryInfo.Category | Should -Be 'OperationTimeout'
        [object]::ReferenceEquals($problems[0].TargetObject, $vm) | Should -BeTrue
        $vm.State | Should -Be 'Running'
    }

    It 'waits for ever with -Timeout <_>' -ForEach -1, '-1', ([System.Threading.Timeout]::InfiniteTimeSpan) {
        (New-KvmVM -Code (Get-GuestCode hello) | Start-KvmVM -PassThru | Wait-KvmVM -Timeout $_).State | Should -Be 'Off'
    }

    It 'refuses -Timeout <_>' -ForEach -2, 'soon', ([double]::NaN), 1e9, ([timespan]::FromSeconds(-3)) {
        { Wait-KvmVM * -Timeout $_ } | Should -Throw -ErrorId 'ParameterArgumentTransformationError*'
    }

    It 'ends with the machine''s own error when it fails: registers, instruction and console come with it' {
        $vm = New-KvmVM -Name broken -Code (Get-GuestCode emulfail) | Start-KvmVM -PassThru
        Wait-KvmVM $vm -Timeout 60 -ErrorVariable problems -ErrorAction SilentlyContinue | Should -Not -BeNullOrEmpty
        if ($vm.ExitReason -eq 'DebugExit') { Set-ItResult -Skipped -Because 'this host runs the instruction' }
        $vm.State | Should -Be 'Failed'
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmEmulationFailure,KvmPS.Commands.WaitKvmVMCommand'
        $fault = $problems[0].Exception.Exit.Fault
        $fault.Instruction | Should -BeLike 'popcnt*'
        $fault.InstructionPointer | Should -Be 0x1003
        $fault.Registers['rip'] | Should -Be '0000000000001003'
    }

    It 'shows where a triple fault happened' {
        $vm = New-KvmVM -Code (Get-GuestCode triple) | Start-KvmVM -PassThru | Wait-KvmVM -Timeout 60
        $vm.ExitReason | Should -Be 'TripleFault'
        $vm.Fault.Instruction | Should -Be 'ud2'
        $vm.Fault.InstructionPointer | Should -Be 0x1030
        @($vm.Fault.Registers.Keys)[0] | Should -Be 'rax'
    }

    It 'ends with an error when the machine is removed meanwhile' {
        $vm = New-KvmVM -Name shortlived -Code (Get-GuestCode spin) | Start-KvmVM -PassThru
        $waiting = Start-Waiting 'param($vm) try { Wait-KvmVM $vm -Timeout -1 -ErrorAction Stop } catch { $_.FullyQualifiedErrorId }' $vm
        Remove-KvmVM $vm
        Complete-Waiting $waiting | Should -Be 'KvmVMRemoved,KvmPS.Commands.WaitKvmVMCommand'
    }

    It 'shows progress, and ends at once on Ctrl+C' {
        $vm = New-KvmVM -Name endless -Code (Get-GuestCode spin) | Start-KvmVM -PassThru
        $waiting = Start-Waiting 'param($vm) Wait-KvmVM $vm -Timeout -1' $vm
        $waiting.Progress | Should -BeGreaterThan 0
        $waiting.Shell.Streams.Progress[0].Activity | Should -BeLike "*'endless'*"
        $waiting.Shell.Stop()
        { Complete-Waiting $waiting } | Should -Throw -ExceptionType ([System.Management.Automation.MethodInvocationException])
        $waiting.Shell.InvocationStateInfo.State | Should -Be 'Stopped'
        $vm.State | Should -Be 'Running'
    }
}
