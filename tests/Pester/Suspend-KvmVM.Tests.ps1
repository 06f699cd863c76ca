BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Suspend-KvmVM' -Skip:$noKvm {
    BeforeEach { $vm = New-KvmVM -Name target -Code (Get-GuestCode flood) | Start-KvmVM -PassThru }
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'lets the guest stand still and is silent' {
        Suspend-KvmVM $vm | Should -BeNullOrEmpty
        $vm.State | Should -Be 'Paused'
        (Get-KvmVcpu $vm).State | Should -Be 'Paused'
        $bytes = $vm.SerialBytes
        $rip = (Get-KvmVcpu $vm).Rip
        [System.Threading.Thread]::Sleep(50)
        $vm.SerialBytes | Should -Be $bytes
        (Get-KvmVcpu $vm).Rip | Should -Be $rip
    }

    It 'does nothing to a machine that is paused' {
        Suspend-KvmVM $vm
        Suspend-KvmVM $vm -ErrorVariable problems
        $problems.Count | Should -Be 0
        $vm.State | Should -Be 'Paused'
    }

    It 'writes the machine with -PassThru' { [object]::ReferenceEquals((Suspend-KvmVM $vm -PassThru), $vm) | Should -BeTrue }

    It 'only says with -WhatIf what it would do' {
        Suspend-KvmVM $vm -WhatIf
        $vm.State | Should -Be 'Running'
    }

    It 'says that a machine is off, and pauses the next one' {
        $off = New-KvmVM -Name off -Code (Get-GuestCode spin)
        $off, $vm | Suspend-KvmVM -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems.Count | Should -Be 1
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmVMInvalidState,KvmPS.Commands.SuspendKvmVMCommand'
        [object]::ReferenceEquals($problems[0].TargetObject, $off) | Should -BeTrue
        $vm.State | Should -Be 'Paused'
    }

    It 'leaves a machine that can be turned off' {
        Suspend-KvmVM $vm
        Stop-KvmVM $vm -TurnOff
        $vm.State | Should -Be 'Off'
    }
}
