BeforeDiscovery { $noQemu = -not (Get-Command qemu-io -ErrorAction Ignore) }

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    function Get-Hash([string]$Path) { [System.Convert]::ToHexString([System.Security.Cryptography.SHA256]::HashData([System.IO.File]::ReadAllBytes($Path))) }

    # The hash of what a guest sees of an image.
    function Get-SeenHash([string]$Path) { Get-Hash (Convert-KvmDiskImage $Path "$TestDrive/flat.raw" -Force).Path }
}

Describe 'Merge-KvmDiskImage' {
    AfterEach { [System.IO.Directory]::GetFiles("$TestDrive") | ForEach-Object { [System.IO.File]::Delete($_) } }

    It 'writes an overlay into its <Format> base, and leaves it empty' -Skip:$noQemu -ForEach @{ Format = 'Raw' }, @{ Format = 'Qcow2' } {
        $base = New-KvmDiskImage "$TestDrive/base" 4MB -Format $Format
        $top = New-KvmDiskImage "$TestDrive/top.qcow2" -BackingPath $base
        $null = qemu-io -c 'write -P 17 0 100k' -c 'write -P 18 3M 1M' -c 'write -z 0 64k' $top.Path
        $LASTEXITCODE | Should -Be 0
        $seen = Get-SeenHash $top.Path
        $large = (Get-KvmDiskImage $top).AllocatedBytes
        Merge-KvmDiskImage $top | Should -BeNullOrEmpty
        Get-SeenHash $base.Path | Should -Be $seen
        Get-SeenHash $top.Path | Should -Be $seen
        (Get-KvmDiskImage $top).AllocatedBytes | Should -BeLessThan $large
        Test-KvmDiskImage $base, $top | Should -Be $true, $true
    }

    It 'writes the base with -PassThru, and removes the overlay with -RemoveOverlay' {
        $base = New-KvmDiskImage "$TestDrive/base.img" 1MB
        $top = New-KvmDiskImage "$TestDrive/top.qcow2" -BackingPath $base
        ($top | Merge-KvmDiskImage -RemoveOverlay -PassThru).Path | Should -Be $base.Path
        $top.Path | Should -Not -Exist
        [System.IO.Directory]::GetFiles("$TestDrive").Count | Should -Be 1
    }

    It 'makes a smaller base as large as the overlay' {
        $base = New-KvmDiskImage "$TestDrive/base.img" 1MB
        $top = New-KvmDiskImage "$TestDrive/top.qcow2" 3MB -BackingPath $base
        (Merge-KvmDiskImage $top -PassThru).SizeBytes | Should -Be 3MB
    }

    It 'merges into the image below, and not further' {
        $base = New-KvmDiskImage "$TestDrive/base.img" 1MB
        $middle = New-KvmDiskImage "$TestDrive/middle.qcow2" -BackingPath $base
        $top = New-KvmDiskImage "$TestDrive/top.qcow2" -BackingPath $middle
        $merged = Merge-KvmDiskImage $top -PassThru
        $merged.Path, $merged.BackingPath | Should -Be $middle.Path, $base.Path
    }

    It 'refuses <Name>' -ForEach @(
        @{ Name = 'a raw image'; Format = 'Raw' }
        @{ Name = 'an image that rests on no other'; Format = 'Qcow2' }
    ) {
        $image = New-KvmDiskImage "$TestDrive/a" 1MB -Format $Format
        { Merge-KvmDiskImage $image -ErrorAction Stop } | Should -Throw -ErrorId 'KvmImageNotSupported,KvmPS.Commands.MergeKvmDiskImageCommand'
        Merge-KvmDiskImage $image -ErrorVariable problem -ErrorAction SilentlyContinue
        $problem[0].Exception.Message | Should -Be "'$($image.Path)' cannot be merged: it rests on no other image."
        $problem[0].ErrorDetails.RecommendedAction | Should -BeLike '*overlay*'
        [System.IO.Directory]::GetFiles("$TestDrive").Count | Should -Be 1
    }

    It 'refuses an overlay with internal snapshots' -Skip:$noQemu {
        $top = New-KvmDiskImage "$TestDrive/top.qcow2" -BackingPath (New-KvmDiskImage "$TestDrive/base.img" 1MB)
        $null = qemu-img snapshot -c one $top.Path
        { Merge-KvmDiskImage $top -ErrorAction Stop } | Should -Throw -ErrorId 'KvmImageNotSupported,*'
    }

    It 'warns of dirty bitmaps by name, and changes nothing when that is to stop it' -Skip:$noQemu {
        $base = New-KvmDiskImage "$TestDrive/base.img" 1MB
        $top = New-KvmDiskImage "$TestDrive/top.qcow2" -BackingPath $base
        $null = qemu-img bitmap --add $top.Path nightly
        { Merge-KvmDiskImage $top -RemoveOverlay -WarningAction Stop } | Should -Throw '*nightly*'
        $top.Path | Should -Exist
        Merge-KvmDiskImage $top -WarningVariable warning -WarningAction SilentlyContinue
        $warning.Count | Should -Be 1
        "$warning" | Should -BeLike "*dirty bitmap 'nightly'*"
    }

    It 'changes nothing with -WhatIf' {
        $top = New-KvmDiskImage "$TestDrive/top.qcow2" -BackingPath (New-KvmDiskImage "$TestDrive/base.img" 1MB)
        Merge-KvmDiskImage $top -RemoveOverlay -WhatIf
        $top.Path | Should -Exist
    }

    It 'says so when a chain comes back to the overlay' -Skip:$noQemu {
        $one = New-KvmDiskImage "$TestDrive/one.qcow2" 1MB
        $two = New-KvmDiskImage "$TestDrive/two.qcow2" -BackingPath $one
        $null = qemu-img rebase -u -f qcow2 -F qcow2 -b two.qcow2 $one.Path
        { Merge-KvmDiskImage $two -ErrorAction Stop } | Should -Throw -ErrorId 'KvmImageCorrupt,*'
        [System.IO.Directory]::GetFiles("$TestDrive").Count | Should -Be 2
    }
}
