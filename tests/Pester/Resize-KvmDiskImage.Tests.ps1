BeforeDiscovery { $noQemu = -not (Get-Command qemu-img -ErrorAction Ignore) }

BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Resize-KvmDiskImage' {
    AfterEach { [System.IO.Directory]::GetFiles("$TestDrive") | ForEach-Object { [System.IO.File]::Delete($_) } }

    It 'grows a <Format> image, and is silent' -ForEach @{ Format = 'Raw' }, @{ Format = 'Qcow2' } {
        $image = New-KvmDiskImage "$TestDrive/a" 1MB -Format $Format
        Resize-KvmDiskImage $image 3MB | Should -BeNullOrEmpty
        (Get-KvmDiskImage $image).SizeBytes | Should -Be 3MB
        ($image | Resize-KvmDiskImage -SizeBytes 3145729 -PassThru).SizeBytes | Should -Be 3146240
    }

    It 'keeps what is in it' {
        [System.IO.File]::WriteAllText("$TestDrive/a.raw", 'x' * 1MB)
        $image = Convert-KvmDiskImage "$TestDrive/a.raw" "$TestDrive/a.qcow2"
        Resize-KvmDiskImage $image 2MB
        $raw = [System.IO.File]::ReadAllText((Convert-KvmDiskImage $image "$TestDrive/b.raw").Path)
        $raw.TrimEnd([char]0) -ceq 'x' * 1MB | Should -BeTrue
        $raw.Length | Should -Be 2MB
    }

    It 'leaves what qemu-img finds clean' -Skip:$noQemu {
        $image = New-KvmDiskImage "$TestDrive/a.qcow2" 1MB -ClusterSizeBytes 512
        Resize-KvmDiskImage $image 1GB
        Resize-KvmDiskImage $image 64MB -Force
        $null = qemu-img check -q -f qcow2 $image.Path
        $LASTEXITCODE | Should -Be 0
    }

    It 'shrinks a <Format> image only with -Force' -ForEach @{ Format = 'Raw' }, @{ Format = 'Qcow2' } {
        $image = New-KvmDiskImage "$TestDrive/a" 4MB -Format $Format
        { Resize-KvmDiskImage $image 1MB -ErrorAction Stop } | Should -Throw -ErrorId 'KvmImageShrinkNeedsForce,KvmPS.Commands.ResizeKvmDiskImageCommand'
        (Get-KvmDiskImage $image).SizeBytes | Should -Be 4MB
        (Resize-KvmDiskImage $image 1MB -Force -PassThru).SizeBytes | Should -Be 1MB
    }

    It 'changes nothing with -WhatIf' {
        $image = New-KvmDiskImage "$TestDrive/a.img" 1MB
        Resize-KvmDiskImage $image 2MB -WhatIf
        (Get-KvmDiskImage $image).SizeBytes | Should -Be 1MB
    }

    It 'goes on after an image that is not there' {
        $image = New-KvmDiskImage "$TestDrive/a.img" 1MB
        Resize-KvmDiskImage '/no/such.img', $image.Path 2MB -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KvmFileNotFound,*'
        (Get-KvmDiskImage $image).SizeBytes | Should -Be 2MB
    }

    It 'warns of dirty bitmaps by name, and changes nothing when that is to stop it' -Skip:$noQemu {
        $image = New-KvmDiskImage "$TestDrive/a.qcow2" 1MB
        $null = qemu-img bitmap --add $image.Path nightly
        Resize-KvmDiskImage $image 1MB -WarningAction Stop # the size that it has
        { Resize-KvmDiskImage $image 2MB -WarningAction Stop } | Should -Throw '*nightly*'
        (Get-KvmDiskImage $image).SizeBytes | Should -Be 1MB
        Resize-KvmDiskImage $image 2MB -WarningVariable warning -WarningAction SilentlyContinue
        "$warning" | Should -BeLike "*dirty bitmaps ('nightly')*"
    }
}
