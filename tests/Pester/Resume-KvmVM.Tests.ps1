BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Resume-KvmVM' -Skip:$noKvm {
    BeforeEach { $vm = New-KvmVM -Name target -Code (Get-GuestCode echo) | Start-KvmVM -PassThru }
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'lets the guest go on where it was, and is silent' {
        $null = Wait-KvmSerial $vm ready
        Suspend-KvmVM $vm
        $vm | Write-KvmSerial hello
        Resume-KvmVM $vm | Should -BeNullOrEmpty
        $vm.State | Should -Be 'Running'
        (Wait-KvmSerial $vm hello).Value | Should -Be 'hello'
    }

    It 'does nothing to a machine that runs' {
        Resume-KvmVM $vm -ErrorVariable problems
        $problems.Count | Should -Be 0
        $vm.State | Should -Be 'Running'
    }

    It 'writes the machine with -PassThru' { [object]::ReferenceEquals((Resume-KvmVM $vm -PassThru), $vm) | Should -BeTrue }

    It 'only says with -WhatIf what it would do' {
        Suspend-KvmVM $vm
        Resume-KvmVM $vm -WhatIf
        $vm.State | Should -Be 'Paused'
    }

    It 'says that a machine is off' {
        Stop-KvmVM $vm -TurnOff
        { Resume-KvmVM $vm -ErrorAction Stop } | Should -Throw -ErrorId 'KvmVMInvalidState,*'
    }

    It 'lets all that match go on' {
        $other = New-KvmVM -Name tango -Code (Get-GuestCode spin) | Start-KvmVM -PassThru
        Suspend-KvmVM ta*
        Resume-KvmVM ta*
        $vm.State, $other.State | Should -Be 'Running', 'Running'
    }
}
