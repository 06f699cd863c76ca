BeforeDiscovery {
    $noQemu = -not (Get-Command qemu-img -ErrorAction Ignore)
    $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm')
}

BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Get-KvmDiskImage' {
    AfterEach { [System.IO.Directory]::GetFiles("$TestDrive") | ForEach-Object { [System.IO.File]::Delete($_) } }

    It 'looks at a raw image' {
        [System.IO.File]::WriteAllBytes("$TestDrive/a.img", [byte[]]::new(5000))
        $image = Get-KvmDiskImage "$TestDrive/a.img"
        "$($image.Format)", $image.SizeBytes | Should -Be 'Raw', 5120
        $image.AllocatedBytes | Should -BeGreaterOrEqual 5000
        $image.Chain | Should -Be "$TestDrive/a.img (Raw)"
        $image.IsInUse, $image.IsDirty, $image.IsCorrupt, $image.ChainIsComplete | Should -Be $false, $false, $false, $true
        foreach ($name in 'ClusterSizeBytes', 'BackingPath', 'CompressionType', 'UsedBy', 'Version') { $image.$name | Should -BeNullOrEmpty }
    }

    It 'sees what qemu-img made' -Skip:$noQemu {
        $null = qemu-img create -q -f qcow2 -o 'cluster_size=4096,lazy_refcounts=on,refcount_bits=8,compression_type=zstd' "$TestDrive/a.qcow2" 3M
        $null = qemu-img snapshot -c one "$TestDrive/a.qcow2"
        $image = Get-KvmDiskImage "$TestDrive/a.qcow2"
        $image.SizeBytes, $image.ClusterSizeBytes, $image.LazyRefcounts, $image.RefcountBits, $image.SnapshotCount | Should -Be 3MB, 4KB, $true, 8, 1
        "$($image.CompressionType)" | Should -Be 'Zstd'
        $null = qemu-img create -q -f qcow2 -o compat=0.10 "$TestDrive/old.qcow2" 1M
        (Get-KvmDiskImage "$TestDrive/old.qcow2").Version | Should -Be 2
    }

    It 'names a feature that is not served, and does not stumble over it' -Skip:$noQemu {
        $null = qemu-img create -q -f qcow2 -o 'extended_l2=on' "$TestDrive/a.qcow2" 1M
        (Get-KvmDiskImage "$TestDrive/a.qcow2").UnsupportedFeature | Should -BeLike '*subclusters*'
    }

    It 'follows a chain to where it breaks' {
        $base = New-KvmDiskImage "$TestDrive/base.img" 1MB
        $middle = New-KvmDiskImage "$TestDrive/middle.qcow2" -BackingPath $base
        $null = New-KvmDiskImage "$TestDrive/top.qcow2" -BackingPath $middle
        (Get-KvmDiskImage "$TestDrive/top.qcow2").Chain.Count | Should -Be 3
        [System.IO.File]::Delete($base.Path)
        $broken = Get-KvmDiskImage "$TestDrive/top.qcow2"
        $broken.ChainIsComplete | Should -BeFalse
        $broken.Chain[2] | Should -BeLike "$TestDrive/base.img (*ENOENT*"
    }

    It 'says who uses an image, without being in the way' -Skip:$noKvm {
        $image = New-KvmDiskImage "$TestDrive/a.img" 1MB
        $vm = New-KvmVM -Code (Get-GuestCode spin) -InterruptController -Disk $image | Start-KvmVM -PassThru
        $seen = Get-KvmDiskImage $image
        $seen.IsInUse, $seen.IsBeingWritten, $seen.UsedBy | Should -Be $true, $true, 'this process'
        { New-KvmDiskImage $image.Path 2MB -Force -ErrorAction Stop } | Should -Throw -ErrorId 'KvmImageLocked,*'
        { Resize-KvmDiskImage $image 2MB -ErrorAction Stop } | Should -Throw -ErrorId 'KvmImageLocked,*'
        { Test-KvmDiskImage $image -ErrorAction Stop } | Should -Throw -ErrorId 'KvmImageLocked,*'
        Remove-KvmVM $vm
        (Get-KvmDiskImage $image).IsInUse | Should -BeFalse
    }

    It 'takes wildcards, objects, files and literal paths' {
        foreach ($name in 'a1.img', 'a2.img', '[x].img') { $null = New-KvmDiskImage -LiteralPath "$TestDrive/$name" -SizeBytes 1MB }
        @(Get-KvmDiskImage "$TestDrive/a*").Count | Should -Be 2
        Get-KvmDiskImage "$TestDrive/none*" | Should -BeNullOrEmpty
        (Get-KvmDiskImage "$TestDrive/[x].img").Path | Should -Be "$TestDrive/[x].img"
        (Get-KvmDiskImage -LiteralPath "$TestDrive/[x].img").Path | Should -Be "$TestDrive/[x].img"
        $image = Get-KvmDiskImage "$TestDrive/[x].img"
        ($image | Get-KvmDiskImage).Path, (Get-KvmDiskImage $image).Path, (ConvertTo-Deserialized $image | Get-KvmDiskImage).Path | Should -Be $image.Path, $image.Path, $image.Path
        ([System.IO.FileInfo]"$TestDrive/[x].img" | Get-KvmDiskImage).Path | Should -Be $image.Path
        ("$TestDrive/a1.img", "$TestDrive/a2.img" | Get-KvmDiskImage).Count | Should -Be 2
        ([pscustomobject]@{ Path = "$TestDrive/a1.img" } | Get-KvmDiskImage).SizeBytes | Should -Be 1MB
        ([pscustomobject]@{ PSPath = "$TestDrive/a1.img" } | Get-KvmDiskImage).SizeBytes | Should -Be 1MB
    }

    It 'goes on after <Name>' -ForEach @(
        @{ Name = 'what is not there'; Path = '/no/such.img'; Id = 'KvmFileNotFound' }
        @{ Name = 'a folder'; Path = '/tmp'; Id = 'KvmInvalidPath' }
        @{ Name = 'a device'; Path = '/dev/null'; Id = 'KvmFileError' }
        @{ Name = 'a drive without files'; Path = 'Env:/x'; Id = 'KvmInvalidPath' }
    ) {
        $null = New-KvmDiskImage "$TestDrive/a.img" 1MB
        @(Get-KvmDiskImage $Path, "$TestDrive/a.img" -ErrorVariable problem -ErrorAction SilentlyContinue).Count | Should -Be 1
        $problem[0].FullyQualifiedErrorId | Should -Be "$Id,KvmPS.Commands.GetKvmDiskImageCommand"
    }

    It 'tells a broken header from one of another format' {
        [byte[]]$broken = [System.Text.Encoding]::ASCII.GetBytes('QFI') + 0xfb + [byte[]]::new(600)
        $broken[7] = 3
        [System.IO.File]::WriteAllBytes("$TestDrive/broken.qcow2", $broken)
        [System.IO.File]::WriteAllText("$TestDrive/a.vmdk", 'KDMV' + 'x' * 600)
        { Get-KvmDiskImage "$TestDrive/broken.qcow2" -ErrorAction Stop } | Should -Throw -ErrorId 'KvmImageCorrupt,*'
        { Get-KvmDiskImage "$TestDrive/a.vmdk" -ErrorAction Stop } | Should -Throw -ErrorId 'KvmImageNotSupported,*'
    }

    It 'goes on after <Path>, which is nowhere' -ForEach @(
        @{ Path = 'NoSuchDrive:/a.img'; Id = 'KvmInvalidPath' }
        @{ Path = 'NoSuchDrive:/*'; Id = 'KvmInvalidPath' }
        @{ Path = 'NoSuchProvider::/a.img'; Id = 'KvmInvalidPath' }
        @{ Path = '/no/such/*'; Id = 'KvmFileNotFound' }
    ) {
        $image = New-KvmDiskImage "$TestDrive/a.img" 1MB
        $found = Get-KvmDiskImage $Path, $image.Path -ErrorVariable problem -ErrorAction SilentlyContinue
        $found.Path | Should -Be $image.Path
        $problem.Count | Should -Be 1
        $problem[0].FullyQualifiedErrorId | Should -Be "$Id,KvmPS.Commands.GetKvmDiskImageCommand"
    }
}

Describe 'Views of disk images' -Tag FullShell {
    It 'shows a table and a list, live and deserialized' {
        $image = New-KvmDiskImage "$TestDrive/a.qcow2" 10GB
        foreach ($shown in $image, (ConvertTo-Deserialized $image)) {
            $table = ($shown | Format-Table | Out-String -Width 200) -replace '\s+', ' '
            $table | Should -BeLike "*Format Size OnHost State Backing Path*Qcow2 10 GB * Free $TestDrive/a.qcow2*"
            $list = ($shown | Format-List | Out-String -Width 200)
            $list | Should -Match 'Format +: Qcow2\s'
            $list | Should -Match 'ClusterSize +: 64 KB'
            $list | Should -Match 'InUse +: no'
        }
    }

    It 'converts to JSON at the default depth' {
        $image = New-KvmDiskImage "$TestDrive/b.qcow2" 1GB
        $json = $image | ConvertTo-Json -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings.Count | Should -Be 0
        ($json | ConvertFrom-Json).SizeBytes | Should -Be 1GB
    }
}
