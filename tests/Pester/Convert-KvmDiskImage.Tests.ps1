BeforeDiscovery { $noQemu = -not (Get-Command qemu-img -ErrorAction Ignore) }

BeforeAll {
    . "$PSScriptRoot/Support.ps1"

    # A raw image of 8 MiB with bytes at its beginning, in its middle and at its end.
    function New-Source([string]$Path) {
        $null = New-KvmDiskImage $Path 8MB -Format Raw
        $file = [System.IO.File]::OpenWrite($Path)
        foreach ($place in 0, 3000001, (8MB - 4)) {
            $null = $file.Seek($place, 'Begin')
            $file.Write([byte[]](1, 2, 3, 4), 0, 4)
        }
        $file.Dispose()
        $Path
    }

    function Get-Hash([string]$Path) { [System.Convert]::ToHexString([System.Security.Cryptography.SHA256]::HashData([System.IO.File]::ReadAllBytes($Path))) }
}

Describe 'Convert-KvmDiskImage' {
    AfterEach {
        Get-Job | Remove-Job -Force
        [System.IO.Directory]::GetFiles("$TestDrive") | ForEach-Object { [System.IO.File]::Delete($_) }
    }

    It 'goes from raw to qcow2 and back, sparse, byte for byte' {
        $source = New-Source "$TestDrive/a.raw"
        $image = Convert-KvmDiskImage $source "$TestDrive/a.qcow2"
        "$($image.Format)", $image.SizeBytes | Should -Be 'Qcow2', 8MB
        $image.AllocatedBytes | Should -BeLessThan 1MB
        $back = Convert-KvmDiskImage $image "$TestDrive/b.raw"
        $back.AllocatedBytes | Should -BeLessThan 1MB
        Get-Hash $back.Path | Should -Be (Get-Hash $source)
    }

    It 'makes what qemu-img finds clean and identical' -Skip:$noQemu {
        $source = New-Source "$TestDrive/a.raw"
        $image = Convert-KvmDiskImage $source "$TestDrive/a.qcow2" -ClusterSizeBytes 4KB
        $null = qemu-img check -q -f qcow2 $image.Path
        $LASTEXITCODE | Should -Be 0
        $null = qemu-img compare -q -f raw -F qcow2 $source $image.Path
        $LASTEXITCODE | Should -Be 0
    }

    It 'reads compressed images of qemu-img' -Skip:$noQemu {
        $source = New-Source "$TestDrive/a.raw"
        $null = qemu-img convert -q -c -O qcow2 $source "$TestDrive/c.qcow2"
        Get-Hash (Convert-KvmDiskImage "$TestDrive/c.qcow2" "$TestDrive/d.raw").Path | Should -Be (Get-Hash $source)
    }

    It 'makes one file of a chain' {
        $source = New-Source "$TestDrive/a.raw"
        $overlay = New-KvmDiskImage "$TestDrive/top.qcow2" -BackingPath $source
        $image = Convert-KvmDiskImage $overlay "$TestDrive/flat.qcow2"
        $image.Chain.Count | Should -Be 1
        Get-Hash (Convert-KvmDiskImage $image "$TestDrive/flat.raw").Path | Should -Be (Get-Hash $source)
    }

    It 'names files after the images in a folder' {
        $folder = [System.IO.Directory]::CreateDirectory("$TestDrive/out").FullName
        $null = New-Source "$TestDrive/a.raw"
        $null = New-Source "$TestDrive/b.raw"
        (Convert-KvmDiskImage "$TestDrive/*.raw" $folder).Path | Should -Be "$folder/a.qcow2", "$folder/b.qcow2"
        [System.IO.Directory]::Delete($folder, $true)
    }

    It 'uses the bytes of an image as they are when its format is given' {
        $qcow2 = New-KvmDiskImage "$TestDrive/a.qcow2" 1MB
        $copy = Convert-KvmDiskImage $qcow2 "$TestDrive/b.img" -SourceFormat Raw
        Get-Hash $copy.Path | Should -Be (Get-Hash $qcow2.Path)
    }

    It 'replaces a file only with -Force' {
        $source = New-Source "$TestDrive/a.raw"
        [System.IO.File]::WriteAllText("$TestDrive/b.raw", 'old')
        { Convert-KvmDiskImage $source "$TestDrive/b.raw" -ErrorAction Stop } | Should -Throw -ErrorId 'KvmFileExists,KvmPS.Commands.ConvertKvmDiskImageCommand'
        [System.IO.File]::ReadAllText("$TestDrive/b.raw") | Should -Be 'old'
        Get-Hash (Convert-KvmDiskImage $source "$TestDrive/b.raw" -Force).Path | Should -Be (Get-Hash $source)
    }

    It 'never writes two images into one file' {
        $first = New-Source "$TestDrive/a.raw"
        $second = New-KvmDiskImage "$TestDrive/b.raw" 1MB
        $images = Convert-KvmDiskImage $first, $second.Path "$TestDrive/one.qcow2" -Force -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem.Count | Should -Be 1
        $problem[0].FullyQualifiedErrorId | Should -Be 'KvmFileExists,KvmPS.Commands.ConvertKvmDiskImageCommand'
        $problem[0].TargetObject | Should -Be $second.Path
        $problem[0].ErrorDetails.RecommendedAction | Should -BeLike '*folder*'
        @($images).Count | Should -Be 1
        (Get-KvmDiskImage "$TestDrive/one.qcow2").SizeBytes | Should -Be 8MB
        { $first, $second | Convert-KvmDiskImage -DestinationPath "$TestDrive/one.qcow2" -Force -ErrorAction Stop } | Should -Throw -ErrorId 'KvmFileExists,*'
    }

    It 'never writes two images into one file by two names' {
        $folder = [System.IO.Directory]::CreateDirectory("$TestDrive/out").FullName
        $null = [System.IO.File]::CreateSymbolicLink("$folder/b.qcow2", "$folder/a.qcow2")
        $first = New-Source "$TestDrive/a.raw"
        $second = New-KvmDiskImage "$TestDrive/b.raw" 1MB
        $null = Convert-KvmDiskImage $first, $second.Path $folder -Force -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KvmFileExists,*'
        (Get-KvmDiskImage "$folder/a.qcow2").SizeBytes | Should -Be 8MB
        [System.IO.Directory]::Delete($folder, $true)
    }

    It 'never writes an image over itself' {
        $source = New-Source "$TestDrive/a.raw"
        $before = Get-Hash $source
        Convert-KvmDiskImage $source $source -Force -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KvmImageLocked,*'
        $problem[0].Exception.Message | Should -BeLike '*which it is made of.'
        Get-Hash $source | Should -Be $before
        [System.IO.Directory]::GetFiles("$TestDrive").Count | Should -Be 1
    }

    It 'leaves nothing behind when it fails, or of -WhatIf' {
        $source = New-Source "$TestDrive/a.raw"
        Convert-KvmDiskImage $source "$TestDrive/b.qcow2" -WhatIf | Should -BeNullOrEmpty
        { Convert-KvmDiskImage $source "$TestDrive/b.qcow2" -ClusterSizeBytes 1000 -ErrorAction Stop } | Should -Throw -ErrorId 'KvmInvalidConfiguration,*'
        [System.IO.Directory]::GetFiles("$TestDrive").Count | Should -Be 1
    }

    It 'works in a job' {
        $source = New-Source "$TestDrive/a.raw"
        $job = Convert-KvmDiskImage $source "$TestDrive/b.qcow2" -AsJob
        $job -is [System.Management.Automation.Job2] | Should -BeTrue
        $job.Location | Should -Be $source
        $image = $job | Receive-Job -Wait
        $job.State | Should -Be 'Completed'
        $job.StatusMessage | Should -BeLike '100 %*'
        $image | Should -BeOfType ([KvmPS.KvmDiskImage])
        $image.Path | Should -Be "$TestDrive/b.qcow2"
    }

    It 'fails in a job with the error of the cmdlet' {
        $job = Convert-KvmDiskImage '/no/such.img' "$TestDrive/b.qcow2" -AsJob | Wait-Job
        $job.State | Should -Be 'Failed'
        $job.Error[0].FullyQualifiedErrorId | Should -Be 'KvmFileNotFound,KvmPS.Commands.ConvertKvmDiskImageCommand'
    }

    It 'does not replace <Name>, which the copy is made of' -ForEach @{ Name = 'top.qcow2' }, @{ Name = 'base.img' } {
        $base = New-KvmDiskImage "$TestDrive/base.img" 1MB
        $top = New-KvmDiskImage "$TestDrive/top.qcow2" -BackingPath $base
        Convert-KvmDiskImage $top "$TestDrive/$Name" -Force -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].FullyQualifiedErrorId | Should -BeLike 'KvmImageLocked,*'
        $problem[0].Exception.Message | Should -BeLike "*$TestDrive/$Name*made of*"
        [System.IO.Directory]::GetFiles("$TestDrive").Count | Should -Be 2
    }

    It 'has room in a folder for the second of two images of one name when the first one fails, and a remedy when not' {
        $out = [System.IO.Directory]::CreateDirectory("$TestDrive/out").FullName
        $null = New-KvmDiskImage "$TestDrive/a.img" 1MB
        $null = New-KvmDiskImage "$TestDrive/a.bin" 2MB
        $images = Convert-KvmDiskImage "$TestDrive/a.none", "$TestDrive/a.img", "$TestDrive/a.bin" $out -ErrorVariable problem -ErrorAction SilentlyContinue
        @($images).Count, $images.SizeBytes | Should -Be 1, 1MB
        $problem.ForEach{ $_.FullyQualifiedErrorId.Split(',')[0] } | Should -Be 'KvmFileNotFound', 'KvmFileExists'
        $problem[1].ErrorDetails.RecommendedAction | Should -BeLike '*by itself*'
        [System.IO.Directory]::Delete($out, $true)
    }
}
