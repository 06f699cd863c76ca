BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Add-KvmDisk' {
    BeforeEach { $image = (New-KvmDiskImage "$TestDrive/disk.qcow2" 1MB -Force).Path }
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'gives disks names in their order' {
        $vm = New-KvmVM -Name db -Code (Get-GuestCode spin)
        Add-KvmDisk db $image | Should -BeNullOrEmpty
        $second = $vm | Add-KvmDisk -Path $image -ReadOnly -PassThru
        $second | Should -BeOfType ([KvmPS.KvmDisk])
        $second.Name, $second.Index, $second.ReadOnly, "$second" | Should -Be 'disk1', 1, $true, 'db/disk1'
        (Get-KvmDisk db).Name | Should -Be 'disk0', 'disk1'
        $vm.Disk | Should -Be $image, $image
    }

    It 'keeps all settings' {
        $null = New-KvmVM -Name db -Code (Get-GuestCode spin) -VcpuCount 2 -InterruptController
        $disk = Add-KvmDisk db $image -Name data -Format Qcow2 -Ephemeral -CacheMode WriteThrough -SerialNumber 'S 1' -MaximumIops 500 -MaximumBytesPerSecond 20MB -QueueCount 1 -PassThru
        $disk.Name, "$($disk.Format)", $disk.Ephemeral, "$($disk.CacheMode)" | Should -Be 'data', 'Qcow2', $true, 'WriteThrough'
        $disk.SerialNumber, $disk.MaximumIops, $disk.MaximumBytesPerSecond, $disk.QueueCount | Should -Be 'S 1', 500, 20MB, 1
    }

    It 'makes a disk in memory' -Skip:$noKvm {
        $vm = New-KvmVM -Name db -Code (Get-GuestCode spin)
        $disk = Add-KvmDisk db -SizeBytes 1GB -PassThru
        $disk.Mode, $disk.SizeBytes, $disk.Path | Should -Be 'Memory', 1GB, $null
        $vm.Disk.Count | Should -Be 0
        Start-KvmVM $vm
        $disk.IsOpen | Should -BeTrue
        { Add-KvmDisk db -Path $image -SizeBytes 1GB -ErrorAction Stop } | Should -Throw -ErrorId 'KvmInvalidConfiguration,*'
        { Add-KvmDisk db -SizeBytes 1000 -ErrorAction Stop } | Should -Throw -ErrorId 'KvmInvalidConfiguration,*'
        { Add-KvmDisk db -SizeBytes 1MB -Format Qcow2 -ErrorAction Stop } | Should -Throw -ErrorId 'KvmInvalidConfiguration,*' -ExpectedMessage '*no format*'
        { Add-KvmDisk db -ErrorAction Stop } | Should -Throw -ErrorId 'KvmInvalidConfiguration,*'
    }

    It 'takes images as files and as objects' {
        $vm = New-KvmVM -Name db -Code (Get-GuestCode spin)
        Add-KvmDisk $vm (Get-KvmDiskImage $image)
        Add-KvmDisk $vm ([System.IO.FileInfo]::new($image))
        (Get-KvmDisk $vm).Path | Should -Be $image, $image
    }

    It 'offers a queue a vCPU' {
        $vm = New-KvmVM -Code (Get-GuestCode spin) -VcpuCount 4 -InterruptController -Disk $image
        (Get-KvmDisk $vm).QueueCount | Should -Be 4
    }

    It 'refuses a name twice, a wrong serial number and a missing image, and adds nothing' {
        $vm = New-KvmVM -Name db -Code (Get-GuestCode spin) -Disk $image
        { Add-KvmDisk db $image -Name DISK0 -ErrorAction Stop } | Should -Throw -ErrorId 'KvmDiskAlreadyExists,*'
        { Add-KvmDisk db $image -SerialNumber ('x' * 21) -ErrorAction Stop } | Should -Throw -ErrorId 'KvmInvalidConfiguration,*'
        { Add-KvmDisk db "$TestDrive/none.img" -ErrorAction Stop } | Should -Throw -ErrorId 'KvmFileNotFound,*'
        { Add-KvmDisk db $TestDrive -ErrorAction Stop } | Should -Throw -ErrorId 'KvmInvalidPath,*' -ExpectedMessage '*is a folder.'
        { Add-KvmDisk db $null -ErrorAction Stop } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
        (Get-KvmDisk $vm).Count | Should -Be 1
    }

    It 'has room for sixteen' {
        $vm = New-KvmVM -Name many -Code (Get-GuestCode spin) -Disk (@($image) * 16)
        (Get-KvmDisk $vm).Name[-1] | Should -Be 'disk15'
        { Add-KvmDisk $vm $image -ErrorAction Stop } | Should -Throw -ErrorId 'KvmInvalidConfiguration,*'
    }

    It 'says at the start that a raw image may have been called qcow2' -Skip:$noKvm {
        $null = New-KvmDiskImage "$TestDrive/raw.img" -SizeBytes 1MB -Force
        $vm = New-KvmVM -Name db -Code (Get-GuestCode spin)
        Add-KvmDisk db "$TestDrive/raw.img" -Format Qcow2
        { Start-KvmVM db -ErrorAction Stop } | Should -Throw -ErrorId 'KvmImageCorrupt,*' -ExpectedMessage '*another format than was said of it*'
    }

    It 'says that a machine that is on has no hot plug' -Skip:$noKvm {
        $vm = New-KvmVM -Name db -Code (Get-GuestCode spin) | Start-KvmVM -PassThru
        { Add-KvmDisk $vm $image -ErrorAction Stop } | Should -Throw -ErrorId 'KvmHotPlugNotSupported,*'
        $vm.Disk.Count | Should -Be 0
    }

    It 'changes nothing with -WhatIf' {
        $vm = New-KvmVM -Name db -Code (Get-GuestCode spin)
        Add-KvmDisk db $image -WhatIf
        $vm.Disk.Count | Should -Be 0
    }
}
