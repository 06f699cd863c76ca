BeforeDiscovery {
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
    $isPacked = [System.IO.Directory]::GetFiles("$root/out", 'KvmPS.*.nupkg').Count -gt 0
}

# `./build.sh package` makes it; `./build.sh test` begins with that.
Describe 'The package' -Skip:(-not $isPacked) {
    BeforeAll {
        . "$PSScriptRoot/Support.ps1"
        $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
        $manifest = [scriptblock]::Create([System.IO.File]::ReadAllText("$root/out/KvmPS/KvmPS.psd1")).InvokeReturnAsIs()
        $package = "$root/out/KvmPS.$($manifest.ModuleVersion).nupkg"
        $zip = [System.IO.Compression.ZipFile]::OpenRead($package)
        $names = $zip.Entries | ForEach-Object FullName
        $reader = [System.IO.StreamReader]::new($zip.GetEntry('KvmPS.nuspec').Open())
        $metadata = ([xml] $reader.ReadToEnd()).package.metadata
        $reader.Dispose()
        $zip.Dispose()
    }

    It 'has the module at its root, whole' {
        foreach ($file in [System.IO.Directory]::GetFiles("$root/out/KvmPS", '*', 'AllDirectories')) {
            $names | Should -Contain ([System.IO.Path]::GetRelativePath("$root/out/KvmPS", $file))
        }
    }

    It 'has nothing else but what makes it a package' {
        foreach ($name in $names) {
            if ($name -in 'KvmPS.nuspec', '[Content_Types].xml', '_rels/.rels' -or $name -like 'package/services/*') { continue }
            "$root/out/KvmPS/$name" | Should -Exist
        }
    }

    It 'says what the manifest says' {
        $metadata.id | Should -Be 'KvmPS'
        $metadata.version | Should -Be $manifest.ModuleVersion
        $metadata.authors | Should -Be $manifest.Author
        $metadata.owners | Should -Be $manifest.CompanyName
        $metadata.copyright | Should -Be $manifest.Copyright
        $metadata.description | Should -Be $manifest.Description
        $metadata.releaseNotes | Should -Be $manifest.PrivateData.PSData.ReleaseNotes
        $tags = @($metadata.tags.Split(' '))
        $tags | Should -Contain 'PSModule'
        foreach ($tag in $manifest.PrivateData.PSData.Tags) { $tags | Should -Contain $tag }
    }

    It 'is taken by Install-PSResource' -Tag FullShell {
        if (-not (Get-Command Install-PSResource -ErrorAction Ignore)) {
            Set-ItResult -Skipped -Because 'this pwsh has no Microsoft.PowerShell.PSResourceGet'
            return
        }

        $repository = "KvmPSTest$PID"
        Register-PSResourceRepository -Name $repository -Uri "$root/out" -Trusted
        try {
            Save-PSResource -Name KvmPS -Repository $repository -Path $TestDrive -TrustRepository
            Test-ModuleManifest "$TestDrive/KvmPS/$($manifest.ModuleVersion)/KvmPS.psd1" -WarningVariable complaints | ForEach-Object Name | Should -Be 'KvmPS'
            $complaints | Should -BeNullOrEmpty
        } finally {
            Unregister-PSResourceRepository -Name $repository
        }
    }
}

Describe 'The manifest' {
    It 'is one that Test-ModuleManifest has nothing to say about' {
        $path = [System.IO.Path]::GetFullPath("$PSScriptRoot/../../out/KvmPS/KvmPS.psd1")
        Test-ModuleManifest $path -WarningVariable complaints -ErrorVariable faults | ForEach-Object Name | Should -Be 'KvmPS'
        $complaints | Should -BeNullOrEmpty
        $faults | Should -BeNullOrEmpty
    }
}
