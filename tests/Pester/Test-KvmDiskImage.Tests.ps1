BeforeDiscovery { $noQemu = -not (Get-Command qemu-img -ErrorAction Ignore) }

BeforeAll {
    . "$PSScriptRoot/Support.ps1"

    # A new image, one of whose unused clusters is counted.
    function New-LeakyImage([string]$Path) {
        $null = New-KvmDiskImage $Path 8MB
        $file = [System.IO.File]::OpenWrite($Path)
        $null = $file.Seek(2 * 64KB + 200, 'Begin')
        $file.Write([byte[]](0, 1), 0, 2)
        $file.SetLength(101 * 64KB)
        $file.Dispose()
        $Path
    }
}

Describe 'Test-KvmDiskImage' {
    AfterEach { [System.IO.Directory]::GetFiles("$TestDrive") | ForEach-Object { [System.IO.File]::Delete($_) } }

    It 'finds a new <Format> image in order' -ForEach @{ Format = 'Raw' }, @{ Format = 'Qcow2' } {
        Test-KvmDiskImage (New-KvmDiskImage "$TestDrive/a" 8MB -Format $Format) -WarningVariable warnings | Should -BeTrue
        $warnings.Count | Should -Be 0
    }

    It 'finds a leak, and says what to do' {
        $image = New-LeakyImage "$TestDrive/a.qcow2"
        Test-KvmDiskImage $image -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeFalse
        $warnings[0].Message | Should -BeLike "'$image': Room is lost in clusters that are counted and not used: 1.*Repair-KvmDiskImage '$image' -Mode Leaks"
    }

    It 'promises nothing about a leak beside worse' {
        $image = New-LeakyImage "$TestDrive/a.qcow2"
        $file = [System.IO.File]::OpenWrite($image)
        $null = $file.Seek(2 * 64KB + 6, 'Begin') # the L1 table's count
        $file.Write([byte[]](0, 0), 0, 2)
        $file.Dispose()
        Test-KvmDiskImage $image -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeFalse
        $warnings.Count | Should -BeGreaterThan 1
        foreach ($warning in $warnings) { $warning.Message | Should -BeLike '*Make a copy*' }
    }

    It 'is of one mind with qemu-img' -Skip:$noQemu {
        $null = New-LeakyImage "$TestDrive/a.qcow2"
        $null = qemu-img check -q "$TestDrive/a.qcow2" 2>&1
        $LASTEXITCODE | Should -Be 3
    }

    It 'finds a header that contradicts itself' {
        $image = New-KvmDiskImage "$TestDrive/a.qcow2" 1MB
        $file = [System.IO.File]::OpenWrite($image.Path)
        $null = $file.Seek(43, 'Begin') # the L1 table's place
        $file.WriteByte(0x7f)
        $file.Dispose()
        Test-KvmDiskImage $image -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeFalse
        $warnings[0].Message | Should -BeLike '*Make a copy*'
    }

    It 'finds that the image below is missing' {
        $base = New-KvmDiskImage "$TestDrive/base.img" 1MB
        $top = New-KvmDiskImage "$TestDrive/top.qcow2" -BackingPath $base
        Test-KvmDiskImage $top | Should -BeTrue
        [System.IO.File]::Delete($base.Path)
        Test-KvmDiskImage $top -WarningVariable warnings -WarningAction SilentlyContinue | Should -BeFalse
        $warnings[0].Message | Should -BeLike '*base.img*Put the file back*'
    }

    It 'tests many, and goes on after one that is not there' {
        foreach ($name in 'a.img', 'b.qcow2') { $null = New-KvmDiskImage "$TestDrive/$name" 1MB }
        Test-KvmDiskImage '/no/such.img', "$TestDrive/*" -ErrorVariable problem -ErrorAction SilentlyContinue | Should -Be $true, $true
        $problem[0].FullyQualifiedErrorId | Should -Be 'KvmFileNotFound,KvmPS.Commands.TestKvmDiskImageCommand'
    }

    It 'counts all that it does not list' {
        $image = New-KvmDiskImage "$TestDrive/a.qcow2" 64MB
        $file = [System.IO.File]::OpenWrite($image.Path)
        $file.Position = 2 * 64KB + 200 # the refcounts from cluster 100 on
        for ($i = 0; $i -lt 20; $i++) { $file.Write([byte[]](0, 1), 0, 2) }
        $file.Position = 2 * 64KB + 2 # and that of the second cluster, which is used
        $file.Write([byte[]](0, 0), 0, 2)
        $file.SetLength(200 * 64KB)
        $file.Dispose()
        Test-KvmDiskImage $image -WarningVariable warning -WarningAction SilentlyContinue | Should -BeFalse
        "$($warning[-1])" | Should -BeLike '*contradictions 1, clusters that are counted and not used 20.*'
    }
}
