BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Remove-KvmDisk' {
    BeforeEach {
        $image = (New-KvmDiskImage "$TestDrive/disk.qcow2" 1MB -Force).Path
        $vm = New-KvmVM -Name db -Code (Get-GuestCode spin) -Disk $image, $image, $image -Ephemeral
    }
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'takes disks by their names, and keeps the image' {
        Remove-KvmDisk db disk1 | Should -BeNullOrEmpty
        (Get-KvmDisk db).Name | Should -Be 'disk0', 'disk2'
        Remove-KvmDisk $vm disk* -PassThru | Should -Be $vm
        $vm.Disk.Count | Should -Be 0
        [System.IO.File]::Exists($image) | Should -BeTrue
    }

    It 'takes disks from the pipeline' {
        Get-KvmDisk db | Where-Object Index -gt 0 | Remove-KvmDisk
        (Get-KvmDisk db).Name | Should -Be 'disk0'
    }

    It 'says when there is no such disk' {
        { Remove-KvmDisk db data -ErrorAction Stop } | Should -Throw -ErrorId 'KvmDiskNotFound,*'
    }

    It 'says that a machine that is on has no hot plug' -Skip:$noKvm {
        Start-KvmVM $vm
        { Remove-KvmDisk db disk0 -ErrorAction Stop } | Should -Throw -ErrorId 'KvmHotPlugNotSupported,*'
        (Get-KvmDisk db).Count | Should -Be 3
    }

    It 'changes nothing with -WhatIf' {
        Remove-KvmDisk db disk0 -WhatIf
        (Get-KvmDisk db).Count | Should -Be 3
    }
}
