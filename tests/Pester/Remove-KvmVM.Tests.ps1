BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Remove-KvmVM' {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'removes a machine and is silent' {
        $vm = New-KvmVM -Name gone -Code (Get-GuestCode spin)
        Remove-KvmVM $vm | Should -BeNullOrEmpty
        Get-KvmVM go* | Should -BeNullOrEmpty
    }

    It 'ends a running machine first' -Skip:$noKvm {
        $vm = New-KvmVM -Code (Get-GuestCode spin) | Start-KvmVM -PassThru
        Remove-KvmVM $vm
        $vm.State | Should -Be 'Off'
        $vm.ExitReason | Should -Be 'TurnedOff'
    }

    It 'frees the name' {
        New-KvmVM -Name again -Code (Get-GuestCode spin) | Remove-KvmVM
        (New-KvmVM -Name again -Code (Get-GuestCode spin)).Name | Should -Be 'again'
    }

    It 'leaves a new machine of the same name alone when the old object is removed twice' {
        $old = New-KvmVM -Name again -Code (Get-GuestCode spin)
        Remove-KvmVM $old
        $new = New-KvmVM -Name again -Code (Get-GuestCode spin)
        Remove-KvmVM $old
        [object]::ReferenceEquals((Get-KvmVM again), $new) | Should -BeTrue
    }

    It 'leaves what the console kept readable' -Skip:$noKvm {
        $vm = New-KvmVM -Code (Get-GuestCode hello) | Start-KvmVM -PassThru | Wait-KvmVM -Timeout 60
        Remove-KvmVM $vm
        (Read-KvmSerial $vm)[0] | Should -BeLike 'Hello*'
    }

    It 'writes the machine with -PassThru' {
        (New-KvmVM -Name last -Code (Get-GuestCode spin) | Remove-KvmVM -PassThru).Name | Should -Be 'last'
    }

    It 'only says with -WhatIf what it would do' {
        $vm = New-KvmVM -Name kept -Code (Get-GuestCode spin)
        Remove-KvmVM $vm -WhatIf
        (Get-KvmVM kept).Name | Should -Be 'kept'
    }

    It 'says that a name is not there' {
        { Remove-KvmVM nope -ErrorAction Stop } | Should -Throw -ErrorId 'KvmVMNotFound,*'
    }
}
