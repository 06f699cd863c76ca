BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Stop-KvmVM' -Skip:$noKvm {
    BeforeEach { $vm = New-KvmVM -Name target -Code (Get-GuestCode spin) | Start-KvmVM -PassThru }
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'pulls the plug with -TurnOff and is silent' {
        Stop-KvmVM $vm -TurnOff | Should -BeNullOrEmpty
        $vm.State | Should -Be 'Off'
        $vm.ExitReason | Should -Be 'TurnedOff'
    }

    It 'says without -TurnOff that there is no power button, and lets the machine run' {
        Stop-KvmVM $vm -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmNoPowerButton,KvmPS.Commands.StopKvmVMCommand'
        [object]::ReferenceEquals($problems[0].TargetObject, $vm) | Should -BeTrue
        $problems[0].ErrorDetails.RecommendedAction | Should -BeLike "*Stop-KvmVM 'target' -TurnOff*"
        $vm.State | Should -Be 'Running'
    }

    It 'turns it off with -Force' {
        Stop-KvmVM $vm -Force
        $vm.State | Should -Be 'Off'
    }

    It 'does nothing to a machine that is off' {
        Stop-KvmVM $vm -TurnOff
        Stop-KvmVM $vm -ErrorVariable problems
        $problems.Count | Should -Be 0
    }

    It 'writes the machine with -PassThru' { (Stop-KvmVM $vm -TurnOff -PassThru).Name | Should -Be 'target' }

    It 'only says with -WhatIf what it would do' {
        Stop-KvmVM $vm -TurnOff -WhatIf
        $vm.State | Should -Be 'Running'
    }

    It 'stops all that match' {
        $other = New-KvmVM -Name tango -Code (Get-GuestCode clihlt) -InterruptController | Start-KvmVM -PassThru
        Stop-KvmVM ta* -TurnOff
        $vm.State, $other.State | Should -Be 'Off', 'Off'
    }

    It 'frees all it held' {
        $before = [System.IO.Directory]::GetFiles('/proc/self/fd').Count
        1..5 | ForEach-Object {
            Start-KvmVM $vm
            Stop-KvmVM $vm -TurnOff
        }
        Start-KvmVM $vm
        [System.IO.Directory]::GetFiles('/proc/self/fd').Count | Should -BeLessOrEqual ($before + 2)
    }
}

Describe 'Stop-KvmVM and a guest with a power button' -Skip:$noKvm {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'waits until the guest has switched itself off' {
        $vm = New-KvmVM -Name obedient -Code (Get-GuestCode power-button) -InterruptController | Start-KvmVM -PassThru
        $null = Wait-KvmSerial $vm 'ready\n'
        Stop-KvmVM $vm -Timeout 60 | Should -BeNullOrEmpty
        $vm.State, $vm.ExitReason | Should -Be 'Off', 'GuestShutdown'
        Read-KvmSerial $vm -Tail 1 | Should -Be 'power button'
    }

    It 'says in verbose words what it did' {
        $vm = New-KvmVM -Name obedient -Code (Get-GuestCode power-button) -InterruptController | Start-KvmVM -PassThru
        $null = Wait-KvmSerial $vm 'ready\n'
        $story = Stop-KvmVM $vm -Timeout 60 -Verbose 4>&1
        "$story" | Should -BeLike "*Pressed the power button of machine 'obedient'.*Machine 'obedient' ended: GuestShutdown.*"
    }

    It 'stops several, and their jobs give them' {
        $machines = 1..2 | ForEach-Object { New-KvmVM -Code (Get-GuestCode power-button) -InterruptController } | Start-KvmVM -PassThru
        $null = $machines | Wait-KvmSerial -Pattern 'ready\n'
        ($machines | Stop-KvmVM -AsJob -PassThru | Receive-Job -Wait -AutoRemoveJob).ExitReason | Should -Be 'GuestShutdown', 'GuestShutdown'
    }

    It 'asks no machine that is suspended' {
        $vm = New-KvmVM -Name asleep -Code (Get-GuestCode power-button) -InterruptController | Start-KvmVM -PassThru
        $null = Wait-KvmSerial $vm 'ready\n'
        Suspend-KvmVM $vm
        Stop-KvmVM $vm -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmVMInvalidState,KvmPS.Commands.StopKvmVMCommand'
        $vm.State | Should -Be 'Paused'
        Stop-KvmVM $vm -Force
        $vm.ExitReason | Should -Be 'TurnedOff'
    }
}

Describe 'Stop-KvmVM and a guest that heeds no button' -Skip:$noKvm {
    BeforeEach {
        $vm = New-KvmVM -Name deaf -Code $deafCode -InterruptController | Start-KvmVM -PassThru
        $null = Wait-KvmSerial $vm A
    }
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'gives up when the time is over, and lets it run' {
        Stop-KvmVM $vm -Timeout 0.2 -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmStopTimeout,KvmPS.Commands.StopKvmVMCommand'
        $problems[0].CategoryInfo.Category | Should -Be 'OperationTimeout'
        [object]::ReferenceEquals($problems[0].TargetObject, $vm) | Should -BeTrue
        $problems[0].ErrorDetails.RecommendedAction | Should -BeLike "*Stop-KvmVM 'deaf' -TurnOff*"
        $problems[0].Exception.ConsoleTail | Should -Be 'A'
        $vm.State | Should -Be 'Running'
    }

    It 'pulls the plug then with -Force' {
        Stop-KvmVM $vm -Timeout 0.2 -Force
        $vm.State, $vm.ExitReason | Should -Be 'Off', 'TurnedOff'
    }
}
