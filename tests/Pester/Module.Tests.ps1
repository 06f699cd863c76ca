BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $folder = [System.IO.Path]::GetFullPath("$PSScriptRoot/../../out/KvmPS")
    # Read as data: the manifest is what the tests compare with.
    $manifest = [scriptblock]::Create([System.IO.File]::ReadAllText("$folder/KvmPS.psd1")).InvokeReturnAsIs()
}

Describe 'The module' {
    It 'is imported from the staged folder' {
        $module = Get-Module KvmPS
        $module.Path | Should -BeLike "$folder/*"
        "$($module.Version)" | Should -Be $manifest.ModuleVersion
    }

    It 'exports what the manifest lists, and nothing else' {
        $module = Get-Module KvmPS
        ($module.ExportedCommands.Keys | ForEach-Object { $_ }).Count | Should -Be $manifest.CmdletsToExport.Count
        foreach ($name in $manifest.CmdletsToExport) { $module.ExportedCmdlets.Keys | Should -Contain $name }
    }

    It 'has each cmdlet of the assembly in the manifest' {
        $assembly = [KvmPS.KvmVM].Assembly
        $cmdlets = $assembly.GetTypes() | Where-Object { -not $_.IsAbstract -and $_.IsSubclassOf([System.Management.Automation.Cmdlet]) }
        $cmdlets.Count | Should -Be $manifest.CmdletsToExport.Count
    }

    It 'lists only files that are there' {
        foreach ($file in @($manifest.RootModule) + $manifest.FormatsToProcess + $manifest.TypesToProcess) { "$folder/$file" | Should -Exist }
    }

    It 'keeps other people''s assemblies apart' {
        $beside = [System.IO.Directory]::GetFiles($folder, '*.dll') | ForEach-Object { [System.IO.Path]::GetFileName($_) }
        $beside.Count | Should -Be 3
        $beside | ForEach-Object { $_ | Should -BeLike 'KvmPS*.dll' }
        foreach ($name in 'KvmPS.ThirdParty', 'Iced', 'K4os.Compression.LZ4', 'SharpCompress', 'ZstdSharp') { "$folder/deps/$name.dll" | Should -Exist }
    }

    It 'lets its types be written as literals' {
        [KvmPS.KvmVM].FullName | Should -Be 'KvmPS.KvmVM'
        [KvmPS.KvmRunResult].FullName | Should -Be 'KvmPS.KvmRunResult'
        [KvmPS.Core.Machine.MachineState]::Running | Should -Be 'Running'
    }

    It 'can be removed and imported again' {
        $runspace = New-TestRunspace
        try {
            Invoke-InRunspace $runspace 'Remove-Module KvmPS; (Get-Command -Name *-Kvm* -CommandType Cmdlet).Count' | Should -Be 0
            Invoke-InRunspace $runspace 'param($folder) Import-Module $folder; (Get-Command -Module KvmPS).Count' $folder | Should -Be $manifest.CmdletsToExport.Count
            Invoke-InRunspace $runspace 'param($folder) Import-Module $folder -Force; Import-Module $folder -Force; (Get-Command -Module KvmPS).Count' $folder | Should -Be $manifest.CmdletsToExport.Count
        }
        finally { $runspace.Dispose() }
    }

    It 'is not disturbed by an Iced of version <_> that was loaded first' -ForEach '0.0.1.0', '99.0.0.0' -Tag FullShell -Skip:(-not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm')) {
        # Another assembly of the same name in the default context, as a module that was imported before may have loaded it.
        $file = "$TestDrive/$_/Iced.dll"
        $null = [System.IO.Directory]::CreateDirectory("$TestDrive/$_")
        $name = [System.Reflection.AssemblyName]::GetAssemblyName("$folder/deps/Iced.dll")
        $name.Version = $_
        $builder = [System.Reflection.Emit.PersistedAssemblyBuilder]::new($name, [object].Assembly)
        $null = $builder.DefineDynamicModule('Iced').DefineType('Iced.Intel.Decoder', 'Public, Class').CreateType()
        $builder.Save($file)
        $script = @'
            "$([System.Reflection.Assembly]::LoadFrom("{0}").GetName().Version)"
            Import-Module "{1}"
            $vm = New-KvmVM -Code ([System.IO.File]::ReadAllBytes("{2}/../Guests/triple/triple.bin")) | Start-KvmVM -PassThru | Wait-KvmVM -Timeout 60
            $vm.Fault.Instruction
            "$([System.AppDomain]::CurrentDomain.GetAssemblies().Where({{ $_.GetName().Name -eq 'Iced' }}).Count)"
'@ -f $file, $folder, $PSScriptRoot
        $start = [System.Diagnostics.ProcessStartInfo]::new([System.Environment]::ProcessPath)
        foreach ($argument in '-NoProfile', '-Command', $script) { $start.ArgumentList.Add($argument) }
        $start.RedirectStandardOutput = $true
        $process = [System.Diagnostics.Process]::Start($start)
        -split $process.StandardOutput.ReadToEnd() | Should -Be $_, 'ud2', '2'
    }
}
