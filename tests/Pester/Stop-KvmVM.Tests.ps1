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
