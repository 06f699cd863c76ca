BeforeDiscovery { $noQemu = -not (Get-Command qemu-img -ErrorAction Ignore) }

BeforeAll {
    . "$PSScriptRoot/Support.ps1"

    # A new image with a counted cluster that nobody uses, and, if wanted, a header cluster that is not counted.
    function New-DamagedImage([string]$Path, [switch]$Corrupt) {
        $null = New-KvmDiskImage $Path 8MB
        $file = [System.IO.File]::OpenWrite($Path)
        $null = $file.Seek(2 * 64KB + 200, 'Begin')
        $file.Write([byte[]](0, 1), 0, 2)
        if ($Corrupt) {
            $null = $file.Seek(2 * 64KB + 6, 'Begin') # the L1 table's count
            $file.Write([byte[]](0, 0), 0, 2)
        }

        $file.SetLength(101 * 64KB)
        $file.Dispose()
        $Path
    }
}

Describe 'Repair-KvmDiskImage' {
    AfterEach { [System.IO.Directory]::GetFiles("$TestDrive") | ForEach-Object { [System.IO.File]::Delete($_) } }

    It 'gives leaked clusters back, and tells' {
        $image = New-DamagedImage "$TestDrive/a.qcow2"
        Repair-KvmDiskImage $image -Mode Leaks -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeNullOrEmpty
        $warnings[0].Message | Should -Be "'$image' was damaged: 1 cluster given back."
        Test-KvmDiskImage $image | Should -BeTrue
    }

    It 'leaves contradictions to -Mode All' {
        $image = New-DamagedImage "$TestDrive/a.qcow2" -Corrupt
        Repair-KvmDiskImage $image Leaks -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings[-1].Message | Should -BeLike '*-Mode All'
        Test-KvmDiskImage $image -WarningAction SilentlyContinue | Should -BeFalse
        (Repair-KvmDiskImage $image -PassThru -WarningAction SilentlyContinue).Path | Should -Be $image
        Test-KvmDiskImage $image | Should -BeTrue
    }

    It 'names a program that reads on behind what is lost' {
        $image = (New-KvmDiskImage "$TestDrive/a.qcow2" 8MB).Path
        $file = [System.IO.File]::OpenWrite($image)
        $null = $file.Seek(3 * 64KB, 'Begin') # an L1 entry that leads nowhere
        $file.Write([byte[]](0x80, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0), 0, 8)
        $file.Dispose()
        Repair-KvmDiskImage $image -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings[-1].Message | Should -BeLike "*is still damaged*qemu-img convert --salvage -O qcow2 '$image' *"
    }

    It 'makes what qemu-img finds clean' -Skip:$noQemu {
        $image = New-DamagedImage "$TestDrive/a.qcow2" -Corrupt
        Repair-KvmDiskImage $image -WarningAction SilentlyContinue
        $null = qemu-img check -q $image
        $LASTEXITCODE | Should -Be 0
    }

    It 'has nothing to do for a sound <Format> image' -ForEach @{ Format = 'Raw' }, @{ Format = 'Qcow2' } {
        $image = New-KvmDiskImage "$TestDrive/a" 1MB -Format $Format
        $before = [System.IO.File]::ReadAllBytes($image.Path)
        $story = Repair-KvmDiskImage $image -Verbose -WarningVariable warnings 4>&1
        "$story" | Should -BeLike '*nothing*'
        $warnings.Count | Should -Be 0
        [System.Linq.Enumerable]::SequenceEqual([byte[]]$before, [System.IO.File]::ReadAllBytes($image.Path)) | Should -BeTrue
    }

    It 'changes nothing with -WhatIf' {
        $image = New-DamagedImage "$TestDrive/a.qcow2"
        Repair-KvmDiskImage $image -WhatIf
        Test-KvmDiskImage $image -WarningAction SilentlyContinue | Should -BeFalse
    }

    It 'goes on after an image that is not there' {
        $image = New-DamagedImage "$TestDrive/a.qcow2"
        Repair-KvmDiskImage '/no/such.img', $image -ErrorVariable problem -ErrorAction SilentlyContinue -WarningAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -Be 'KvmFileNotFound,KvmPS.Commands.RepairKvmDiskImageCommand'
        Test-KvmDiskImage $image | Should -BeTrue
    }
}
