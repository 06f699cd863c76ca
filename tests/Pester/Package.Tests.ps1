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

    It 'is installed by Install-PSResource, and works under strict mode' -Tag FullShell {
        if (-not (Get-Command Install-PSResource -ErrorAction Ignore)) {
            Set-ItResult -Skipped -Because 'this pwsh has no Microsoft.PowerShell.PSResourceGet'
            return
        }

        # The home of this pwsh is a folder of the test: its list of repositories and its modules go there.
        $start = [System.Diagnostics.ProcessStartInfo]::new([System.Environment]::ProcessPath)
        $script = @'
            $ErrorActionPreference = 'Stop'
            Register-PSResourceRepository -Name here -Uri '{0}' -Trusted
            Install-PSResource -Name KvmPS -Repository here -Scope CurrentUser
            Set-StrictMode -Version Latest
            Import-Module KvmPS
            (Get-Module KvmPS).Path
            Test-ModuleManifest "$((Get-Module KvmPS).ModuleBase)/KvmPS.psd1" -WarningVariable complaints | ForEach-Object {{ "$($_.Name) $($_.Version), $($complaints.Count) complaints" }}
            New-KvmVM -Name installed -Code 0xf4 | ForEach-Object {{ "$_ is $($_.State)" }}
            "$((Get-Help New-KvmVM).Synopsis)"
            "$((Get-InstalledPSResource -Name KvmPS).Version)"
'@ -f "$root/out"
        foreach ($word in '-NoProfile', '-NonInteractive', '-Command', $script) { $start.ArgumentList.Add($word) }
        $start.Environment['HOME'] = "$TestDrive/home"
        $start.Environment['NO_COLOR'] = '1'
        foreach ($name in 'XDG_DATA_HOME', 'XDG_CONFIG_HOME', 'XDG_CACHE_HOME') { $null = $start.Environment.Remove($name) }
        $null = [System.IO.Directory]::CreateDirectory("$TestDrive/home")
        $start.RedirectStandardOutput = $true
        $process = [System.Diagnostics.Process]::Start($start)
        $told = $process.StandardOutput.ReadToEnd().TrimEnd().Split("`n")
        $process.WaitForExit()
        $process.ExitCode | Should -Be 0
        $told[0] | Should -BeLike "$TestDrive/home/*/KvmPS/$($manifest.ModuleVersion)/KvmPS.dll"
        $told[1] | Should -Be "KvmPS $($manifest.ModuleVersion), 0 complaints"
        $told[2] | Should -Be 'installed is Off'
        $told[3] | Should -BeLike 'Makes a *'
        $told[4] | Should -Be $manifest.ModuleVersion
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
