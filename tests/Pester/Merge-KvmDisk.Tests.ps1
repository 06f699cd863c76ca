BeforeDiscovery {
    $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm')
    $noQemu = $noKvm -or -not (Get-Command qemu-img -ErrorAction Ignore)
}

BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Merge-KvmDisk' {
    BeforeEach {
        $image = (New-KvmDiskImage "$TestDrive/disk.qcow2" 1MB -Force).Path
        $other = (New-KvmDiskImage "$TestDrive/other.qcow2" 1MB -Force).Path
        $vm = New-KvmVM -Name db -Code (Get-GuestCode spin)
        Add-KvmDisk db $image -Ephemeral
        Add-KvmDisk db $other
    }
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'merges disks of a paused machine, by name and from the pipeline' -Skip:$noKvm {
        Start-KvmVM db
        Suspend-KvmVM db
        Merge-KvmDisk db disk0 | Should -BeNullOrEmpty
        (Get-KvmDisk db disk0 | Merge-KvmDisk -PassThru).Name | Should -Be 'disk0'
        (Merge-KvmDisk $vm disk0 -PassThru).Path | Should -Be $image
        "$($vm.State)" | Should -Be 'Paused'
        Resume-KvmVM db
        Stop-KvmVM db -TurnOff
        Test-KvmDiskImage $image | Should -BeTrue
    }

    It 'says that a machine which is <State> cannot have a disk merged' -Skip:$noKvm -ForEach @{ State = 'Off'; Remedy = '*gone with the power*' }, @{ State = 'Running'; Remedy = '*Suspend-KvmVM*' } {
        if ($State -eq 'Running') { Start-KvmVM db }
        Merge-KvmDisk db disk0 -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -Be 'KvmVMInvalidState,KvmPS.Commands.MergeKvmDiskCommand'
        $problem[0].ErrorDetails.RecommendedAction | Should -BeLike $Remedy
    }

    It 'says when a disk has nothing to merge, and goes on with the others' -Skip:$noKvm {
        Add-KvmDisk db "$image" -Name last -ReadOnly -Ephemeral
        Start-KvmVM db
        Suspend-KvmVM db
        Merge-KvmDisk db disk1, last -ErrorVariable problem -ErrorAction SilentlyContinue
        @($problem).Count | Should -Be 2
        $problem.FullyQualifiedErrorId | Should -BeLike 'KvmDiskNotEphemeral,*'
        { Merge-KvmDisk db nothing -ErrorAction Stop } | Should -Throw -ErrorId 'KvmDiskNotFound,*'
    }

    It 'says when somebody else uses the image' -Skip:$noKvm {
        $null = New-KvmVM -Name reader -Code (Get-GuestCode spin) -Disk $image -Ephemeral
        'db', 'reader' | Start-KvmVM
        Suspend-KvmVM db
        { Merge-KvmDisk db disk0 -ErrorAction Stop } | Should -Throw -ErrorId 'KvmImageLocked,*'
        Remove-KvmVM reader
        Merge-KvmDisk db disk0 -ErrorAction Stop
    }

    It 'warns that dirty bitmaps do not hold when the image is written, and not before' -Skip:$noQemu {
        $null = qemu-img bitmap --add $image nightly
        Start-KvmVM db -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -BeNullOrEmpty # an ephemeral disk writes nothing
        Suspend-KvmVM db
        Merge-KvmDisk db disk0 -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings.Count | Should -Be 1
        "$($warnings[0])" | Should -BeLike "'$image' has dirty bitmaps ('nightly'), which do not hold any more once it is written:*"
        Resume-KvmVM db
        Stop-KvmVM db -TurnOff
        $null = qemu-img check -q $image
        $LASTEXITCODE | Should -BeIn 0, 3 # clean; only clusters that belong to nobody now
    }

    It 'leaves the warning to Start-KvmVM for a disk that is written through' -Skip:$noQemu {
        $null = qemu-img bitmap --add $other nightly
        Start-KvmVM db -WarningVariable warnings -WarningAction SilentlyContinue
        "$warnings" | Should -BeLike "*('nightly')*"
        Restart-KvmVM db -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings | Should -BeNullOrEmpty
    }

    It 'changes nothing with -WhatIf' -Skip:$noKvm {
        Merge-KvmDisk db disk0 -WhatIf -ErrorAction Stop | Should -BeNullOrEmpty
    }
}
