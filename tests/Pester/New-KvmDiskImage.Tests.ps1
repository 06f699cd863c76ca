BeforeDiscovery {
    $noQemu = -not (Get-Command qemu-img -ErrorAction Ignore)
    $noExt4 = -not ([System.IO.File]::Exists('/usr/sbin/mkfs.ext4') -or [System.IO.File]::Exists('/sbin/mkfs.ext4'))
    $hasXfs = [System.IO.File]::Exists('/usr/sbin/mkfs.xfs') -or [System.IO.File]::Exists('/sbin/mkfs.xfs')
}

BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'New-KvmDiskImage' {
    AfterEach { [System.IO.Directory]::GetFiles("$TestDrive") | ForEach-Object { [System.IO.File]::Delete($_) } }

    It 'makes a raw image that is one hole' {
        $image = New-KvmDiskImage "$TestDrive/a.img" 1GB
        $image | Should -BeOfType ([KvmPS.KvmDiskImage])
        $image.Path, "$($image.Format)", $image.SizeBytes, $image.AllocatedBytes | Should -Be "$TestDrive/a.img", 'Raw', 1GB, 0
        [System.IO.FileInfo]::new("$TestDrive/a.img").Length | Should -Be 1GB
    }

    It 'makes a qcow2 image that qemu-img finds clean' -Skip:$noQemu {
        $image = New-KvmDiskImage "$TestDrive/a.qcow2" -SizeBytes 10GB -ClusterSizeBytes 4KB
        "$($image.Format)", $image.SizeBytes, $image.ClusterSizeBytes, $image.Version | Should -Be 'Qcow2', 10GB, 4KB, 3
        $image.AllocatedBytes | Should -BeLessThan 1MB
        $null = qemu-img check -q -f qcow2 $image.Path
        $LASTEXITCODE | Should -Be 0
    }

    It 'takes the format of the extension: <Name> is <Format>' -ForEach @(
        @{ Name = 'a.raw'; Format = 'Raw' }
        @{ Name = 'a.IMG'; Format = 'Raw' }
        @{ Name = 'a.qcow2'; Format = 'Qcow2' }
        @{ Name = 'disk'; Format = 'Qcow2' }
    ) {
        "$((New-KvmDiskImage "$TestDrive/$Name" 1MB).Format)" | Should -Be $Format
    }

    It 'takes the given format before that' { "$((New-KvmDiskImage "$TestDrive/a.img" 1MB -Format Qcow2).Format)" | Should -Be 'Qcow2' }

    It 'rounds sizes up to sectors' {
        (New-KvmDiskImage "$TestDrive/a.img" 1000).SizeBytes | Should -Be 1024
        (New-KvmDiskImage "$TestDrive/a.qcow2" 1).SizeBytes | Should -Be 512
    }

    It 'rests an image on another, by its name beside it and with its size' {
        $base = New-KvmDiskImage "$TestDrive/base.img" 64MB
        $image = New-KvmDiskImage "$TestDrive/top" -BackingPath $base
        "$($image.Format)", $image.SizeBytes, $image.BackingPath, $image.BackingFormat | Should -Be 'Qcow2', 64MB, $base.Path, 'raw'
        $image.Chain | Should -Be "$TestDrive/top (Qcow2)", "$TestDrive/base.img (Raw)"
        (New-KvmDiskImage "$TestDrive/larger" 128MB -BackingPath $image).SizeBytes | Should -Be 128MB
        [System.IO.File]::ReadAllText("$TestDrive/top") | Should -Not -BeLike "*$TestDrive*"
    }

    It 'rests it on one elsewhere by the full path' {
        $folder = [System.IO.Directory]::CreateDirectory("$TestDrive/images").FullName
        $base = New-KvmDiskImage "$TestDrive/base.img" 1MB
        (New-KvmDiskImage "$folder/top" -BackingPath $base).BackingPath | Should -Be $base.Path
        [System.IO.Directory]::Delete($folder, $true)
    }

    It 'replaces a file only with -Force' {
        $null = New-KvmDiskImage "$TestDrive/a.img" 1MB
        { New-KvmDiskImage "$TestDrive/a.img" 2MB -ErrorAction Stop } | Should -Throw -ErrorId 'KvmFileExists,KvmPS.Commands.NewKvmDiskImageCommand'
        [System.IO.FileInfo]::new("$TestDrive/a.img").Length | Should -Be 1MB
        (New-KvmDiskImage "$TestDrive/a.img" 2MB -Force).SizeBytes | Should -Be 2MB
    }

    It 'never rests an image on itself' {
        $base = New-KvmDiskImage "$TestDrive/base.img" 1MB
        New-KvmDiskImage $base.Path -Force -BackingPath $base -ErrorVariable problem -ErrorAction SilentlyContinue
        [System.IO.FileInfo]::new($base.Path).Length | Should -Be 1MB
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KvmInvalidConfiguration,*'
        [System.IO.Directory]::GetFiles("$TestDrive").Count | Should -Be 1
    }

    It 'never rests an image on itself by the name of a link' {
        $base = New-KvmDiskImage "$TestDrive/base.img" 1MB
        $null = [System.IO.File]::CreateSymbolicLink("$TestDrive/link.qcow2", $base.Path)
        New-KvmDiskImage "$TestDrive/link.qcow2" -Force -BackingPath $base -ErrorVariable problem -ErrorAction SilentlyContinue
        [System.IO.FileInfo]::new($base.Path).Length | Should -Be 1MB
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KvmInvalidConfiguration,*'
    }

    It 'makes nothing with -WhatIf' {
        New-KvmDiskImage "$TestDrive/a.img" 1MB -WhatIf | Should -BeNullOrEmpty
        [System.IO.Directory]::GetFiles("$TestDrive").Count | Should -Be 0
    }

    It 'refuses <Name> and leaves nothing behind' -ForEach @(
        @{ Name = 'no size'; Arguments = @{}; Id = 'KvmInvalidConfiguration' }
        @{ Name = 'odd clusters'; Arguments = @{ SizeBytes = 1MB; ClusterSizeBytes = 3000 }; Id = 'KvmInvalidConfiguration' }
        @{ Name = 'large clusters'; Arguments = @{ SizeBytes = 1MB; ClusterSizeBytes = 4MB }; Id = 'KvmInvalidConfiguration' }
        @{ Name = 'more than small clusters can hold'; Arguments = @{ SizeBytes = 1TB; ClusterSizeBytes = 512 }; Id = 'KvmInvalidConfiguration' }
        @{ Name = 'a base that is not there'; Arguments = @{ BackingPath = '/no/such.img' }; Id = 'KvmFileNotFound' }
        @{ Name = 'a base that is a device'; Arguments = @{ BackingPath = '/dev/null' }; Id = 'KvmFileError' }
        @{ Name = 'a file system over another image'; Arguments = @{ BackingPath = "$PSScriptRoot/Support.ps1"; FileSystem = 'ext4' }; Id = 'KvmInvalidConfiguration' }
    ) {
        { New-KvmDiskImage "$TestDrive/a.qcow2" @Arguments -ErrorAction Stop } | Should -Throw -ErrorId "$Id,*"
        [System.IO.Directory]::GetFiles("$TestDrive").Count | Should -Be 0
    }

    It 'refuses the path of <Name>' -ForEach @(
        @{ Name = 'a folder'; Path = '/tmp'; Id = 'KvmFileExists' }
        @{ Name = 'a device'; Path = '/dev/null'; Id = 'KvmFileError' }
        @{ Name = 'a folder that is not there'; Path = '/no/such/folder/a.img'; Id = 'KvmFileNotFound' }
        @{ Name = 'a drive without files'; Path = 'Env:/x'; Id = 'KvmInvalidPath' }
    ) {
        { New-KvmDiskImage $Path 1MB -Force -ErrorAction Stop } | Should -Throw -ErrorId "$Id,*"
    }

    It 'goes through drives of PowerShell, and takes rows of a table' {
        $row = [pscustomobject]@{ Path = 'TestDrive:/[1].img'; SizeBytes = '1MB'; Format = 'Qcow2' }
        $image = $row | New-KvmDiskImage
        $image.Path, $image.SizeBytes, "$($image.Format)" | Should -Be "$TestDrive/[1].img", 1MB, 'Qcow2'
    }

    It 'makes a file system in a <Name> image' -Skip:$noExt4 -ForEach @(
        @{ Name = 'a.img' }
        @{ Name = 'a.qcow2' }
    ) {
        $image = New-KvmDiskImage "$TestDrive/$Name" 16MB -FileSystem ext4
        $raw = Convert-KvmDiskImage $image "$TestDrive/copy.raw"
        $bytes = [System.IO.File]::ReadAllBytes($raw.Path)
        $bytes[0x438], $bytes[0x439] | Should -Be 0x53, 0xef # ext4's magic number
        $image.SizeBytes | Should -Be 16MB
        [System.IO.Directory]::GetFiles("$TestDrive").Count | Should -Be 2
    }

    It 'says why a file system cannot be made' -Skip:$noExt4 {
        { New-KvmDiskImage "$TestDrive/a.img" 4KB -FileSystem ext4 -ErrorAction Stop } | Should -Throw -ErrorId 'KvmFileSystemFailed,*'
        [System.IO.Directory]::GetFiles("$TestDrive").Count | Should -Be 0
    }

    It 'names the package of a program that is missing' -Skip:$hasXfs {
        New-KvmDiskImage "$TestDrive/a.img" 1GB -FileSystem xfs -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KvmFileSystemToolMissing,*'
        $problem[0].ErrorDetails.RecommendedAction | Should -BeLike '*xfsprogs*'
    }

    It 'completes sizes' {
        (TabExpansion2 'New-KvmDiskImage a -SizeBytes 1').CompletionMatches.CompletionText | Should -Be '1GB', '10GB', '100GB', '1TB'
    }

    It 'names the folder that is not there in <Path>, and no file in the making' -ForEach @{ Path = 'no/a.img' }, @{ Path = 'no/' }, @{ Path = 'file/a.img' } {
        [System.IO.File]::WriteAllText("$TestDrive/file", '')
        New-KvmDiskImage "$TestDrive/$Path" 1MB -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KvmFileNotFound,*'
        $problem[0].Exception.Message | Should -Be "There is no folder '$TestDrive/$($Path.Split('/')[0])'."
    }

    It 'tells all of the last sentence of a program that failed' -Skip:$noExt4 {
        New-KvmDiskImage "$TestDrive/a.img" 1KB -FileSystem ext4 -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].Exception.Message | Should -BeLike 'mkfs.ext4 failed with 1: mkfs.ext4: *' # it goes over several lines
    }
}
