BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $multiboot = [System.IO.Path]::GetFullPath("$PSScriptRoot/../Guests/multiboot/multiboot.elf")
}

Describe 'Export-KvmVM' {
    BeforeEach { $vm = New-KvmVM -Name one -Code 0xb0, 0x41, 0xf4 -MemoryBytes 16MB -CpuFeature '-cx16' }
    AfterEach {
        Get-KvmVM | Remove-KvmVM
        [System.IO.Directory]::GetFiles("$TestDrive") | ForEach-Object { [System.IO.File]::Delete($_) }
    }

    It 'writes a file with its schema and version, and is silent' {
        Export-KvmVM one "$TestDrive/one.json" | Should -BeNullOrEmpty
        $json = [System.Text.Json.Nodes.JsonNode]::Parse([System.IO.File]::ReadAllText("$TestDrive/one.json"))
        [uri]::new("$($json['$schema'])").LocalPath | Should -Exist
        "$($json['version'])", "$($json['name'])", "$($json['code'])", "$($json['memoryBytes'])" | Should -Be '1', 'one', 'sEH0', "$(16MB)"
        "$($json['cpuFeatures'][0])" | Should -Be '-cx16'
    }

    It 'writes the machine with -PassThru' { [object]::ReferenceEquals((Export-KvmVM $vm "$TestDrive/one.json" -PassThru), $vm) | Should -BeTrue }

    It 'names files after the machines in a folder' {
        $null = New-KvmVM -Name two $multiboot
        Get-KvmVM | Export-KvmVM -Path $TestDrive
        "$TestDrive/one.json", "$TestDrive/two.json" | Should -Exist
    }

    It 'replaces a file only with -Force' {
        Export-KvmVM $vm "$TestDrive/one.json"
        $before = [System.IO.File]::ReadAllText("$TestDrive/one.json")
        Set-KvmVM $vm -MemoryBytes 32MB
        { Export-KvmVM $vm "$TestDrive/one.json" -ErrorAction Stop } | Should -Throw -ErrorId 'KvmFileExists,KvmPS.Commands.ExportKvmVMCommand'
        [System.IO.File]::ReadAllText("$TestDrive/one.json") | Should -Be $before
        Export-KvmVM $vm "$TestDrive/one.json" -Force
        [System.IO.File]::ReadAllText("$TestDrive/one.json") | Should -BeLike '*33554432*'
    }

    It 'never writes two machines into one file' {
        $null = New-KvmVM -Name two -Code 0xf4
        Get-KvmVM | Export-KvmVM -Path "$TestDrive/x.json" -Force -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'KvmFileExists,*'
        [System.IO.File]::ReadAllText("$TestDrive/x.json") | Should -BeLike '*"one"*'
    }

    It 'writes nothing with -WhatIf' {
        Export-KvmVM $vm "$TestDrive/one.json" -WhatIf
        "$TestDrive/one.json" | Should -Not -Exist
    }

    It 'refuses <Name>' -ForEach @(
        @{ Name = 'a folder that is not there'; Path = '/no/such/folder/x.json'; Id = 'KvmFileNotFound' }
        @{ Name = 'a drive without files'; Path = 'Env:/x'; Id = 'KvmInvalidPath' }
        @{ Name = 'a device'; Path = '/dev/null'; Id = 'KvmFileError' }
    ) {
        { Export-KvmVM $vm $Path -ErrorAction Stop } | Should -Throw -ErrorId "$Id,*"
    }

    It 'goes through drives of PowerShell, takes brackets as they are' {
        Export-KvmVM $vm -LiteralPath 'TestDrive:/[1].json'
        [System.IO.File]::Exists("$TestDrive/[1].json") | Should -BeTrue
    }
}
