BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Get-KvmDisk' {
    BeforeEach { $image = (New-KvmDiskImage "$TestDrive/disk.qcow2" 1MB -Force).Path }
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'finds disks by their names' {
        $null = New-KvmVM -Name db -Code (Get-GuestCode spin) -Disk $image, $image, $image
        (Get-KvmDisk db disk1).Index | Should -Be 1
        (Get-KvmDisk db disk[02]).Index | Should -Be 0, 2
        Get-KvmDisk db none* | Should -BeNullOrEmpty
        { Get-KvmDisk db disk7 -ErrorAction Stop } | Should -Throw -ErrorId 'KvmDiskNotFound,*'
    }

    It 'knows what an image is while it is open, and nothing before' -Skip:$noKvm {
        $vm = New-KvmVM -Name db -Code (Get-GuestCode spin) -Disk $image
        $disk = Get-KvmDisk db
        $disk.IsOpen, $disk.Format, $disk.SizeBytes | Should -Be $false, $null, $null
        Start-KvmVM $vm
        $disk = Get-KvmDisk db
        $disk.IsOpen, "$($disk.Format)", $disk.SizeBytes, $disk.ErrorCount, $disk.ReadLatency.Count | Should -Be $true, 'Qcow2', 1MB, 0, 0
        Stop-KvmVM $vm -TurnOff
        $disk.IsOpen | Should -BeFalse
    }

    It 'tells of the present life, however long ago the object was got' -Skip:$noKvm {
        $vm = New-KvmVM -Name db -Code (Get-GuestCode spin)
        $disk = Add-KvmDisk $vm $image -PassThru
        foreach ($life in 1, 2) {
            Start-KvmVM $vm
            $disk.IsOpen, "$($disk.Format)" | Should -Be $true, 'Qcow2'
            Stop-KvmVM $vm -TurnOff
            $disk.IsOpen | Should -BeFalse
        }
        Remove-KvmDisk $vm $disk.Name
        $disk.Name, $disk.IsOpen, $disk.SizeBytes | Should -Be 'disk0', $false, 1MB
    }

    It 'keeps others away from an image while a machine writes it' -Skip:$noKvm {
        $null = New-KvmVM -Name one -Code (Get-GuestCode spin) -Disk $image | Start-KvmVM
        $two = New-KvmVM -Name two -Code (Get-GuestCode spin) -Disk $image
        { Start-KvmVM $two -ErrorAction Stop } | Should -Throw -ErrorId 'KvmImageLocked,*'
        "$($two.State)" | Should -Be 'Off'
        Stop-KvmVM one -TurnOff
        Start-KvmVM $two
        "$($two.State)" | Should -Be 'Running'
    }

    It 'lets machines share an image that none of them writes' -Skip:$noKvm {
        $machines = 1..3 | ForEach-Object { New-KvmVM -Code (Get-GuestCode spin) -Disk $image -Ephemeral }
        Start-KvmVM $machines
        ($machines | Get-KvmDisk).IsOpen | Should -Be $true, $true, $true
    }

    It 'says what is wrong with an image when the machine starts' -Skip:$noKvm {
        [System.IO.File]::WriteAllText("$TestDrive/bad.qcow2", "QFI`u{fb}" + ('x' * 600), [System.Text.Encoding]::Latin1)
        $vm = New-KvmVM -Code (Get-GuestCode spin) -Disk "$TestDrive/bad.qcow2"
        { Start-KvmVM $vm -ErrorAction Stop } | Should -Throw -ErrorId 'KvmImage*'
        "$($vm.State)" | Should -Be 'Off'
    }

    It 'prints the same when it comes out of a file' -Tag FullShell {
        $null = New-KvmVM -Name db -Code (Get-GuestCode spin) -Disk $image
        $disk = Get-KvmDisk db
        $back = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($disk, 2))
        ($back | Out-String) | Should -Be ($disk | Out-String)
    }
}
