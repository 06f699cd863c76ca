BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $multiboot = [System.IO.Path]::GetFullPath("$PSScriptRoot/../Guests/multiboot/multiboot.elf")
}

Describe 'Import-KvmVM' {
    AfterEach {
        Get-KvmVM | Remove-KvmVM
        [System.IO.Directory]::GetFiles("$TestDrive") | ForEach-Object { [System.IO.File]::Delete($_) }
    }

    It 'makes the machine anew, off' {
        $vm = New-KvmVM -Name one $multiboot -Initrd "$PSCommandPath ro" -CommandLine 'a b' -MemoryBytes 64MB -VcpuCount 2 -CpuFeature '-cx16' -VcpuAffinity 0, 0 `
            -HugePages -Prefault -NoAcpi -ClockOffset 1.5 -OnReset Restart -OnPanic Pause -SerialLogPath "$TestDrive/log"
        Export-KvmVM $vm "$TestDrive/one.json"
        Remove-KvmVM $vm
        $new = Import-KvmVM "$TestDrive/one.json"
        $new.State | Should -Be 'Off'
        foreach ($property in 'Name', 'Kernel', 'Initrd', 'CommandLine', 'MemoryBytes', 'VcpuCount', 'CpuFeature', 'VcpuAffinity', 'InterruptController',
            'HugePages', 'Prefault', 'Acpi', 'ClockOffset', 'OnReset', 'OnPanic', 'SerialLogPath') { $new.$property | Should -Be $vm.$property }
        $new.Id | Should -Not -Be $vm.Id
    }

    It 'makes machines with raw code that run' -Skip:$noKvm {
        New-KvmVM -Name greet -Code (Get-GuestCode hello) | Export-KvmVM -Path $TestDrive
        Remove-KvmVM greet
        (Import-KvmVM "$TestDrive/*.json" | Start-KvmVM -PassThru | Wait-KvmVM -Timeout 60).ExitCode | Should -Be 33
    }

    It 'takes another name, and several files by a pattern' {
        New-KvmVM -Name one -Code 0xf4 | Export-KvmVM -Path $TestDrive
        New-KvmVM -Name two -Code 0xf4 | Export-KvmVM -Path $TestDrive
        Get-KvmVM | Remove-KvmVM
        (Import-KvmVM "$TestDrive/*.json").Name | Should -Be 'one', 'two'
        (Import-KvmVM "$TestDrive/one.json" -Name three).Name | Should -Be 'three'
        Import-KvmVM "$TestDrive/*.nothing" -ErrorVariable problems | Should -BeNullOrEmpty
        $problems.Count | Should -Be 0
    }

    It 'refuses a name that is taken, and goes on' {
        'one', 'two' | ForEach-Object { New-KvmVM -Name $_ -Code 0xf4 } | Export-KvmVM -Path $TestDrive
        Remove-KvmVM two
        $new = "$TestDrive/one.json", "$TestDrive/two.json" | Import-KvmVM -ErrorVariable problems -ErrorAction SilentlyContinue
        $new.Name | Should -Be 'two'
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmVMAlreadyExists,KvmPS.Commands.ImportKvmVMCommand'
    }

    It 'takes files from the pipeline, brackets as they are' {
        New-KvmVM -Name one -Code 0xf4 | Export-KvmVM -Path "$TestDrive/[1].json"
        Remove-KvmVM one
        ([System.IO.FileInfo]"$TestDrive/[1].json" | Import-KvmVM).Name | Should -Be 'one'
        (Import-KvmVM -LiteralPath "$TestDrive/[1].json" -Name two).Name | Should -Be 'two'
    }

    It 'finds files beside the configuration' {
        [System.IO.File]::Copy($multiboot, "$TestDrive/kernel.elf")
        [System.IO.File]::WriteAllText("$TestDrive/x.json", '{ "version": 1, "name": "near", "kernel": "kernel.elf" }')
        (Import-KvmVM "$TestDrive/x.json").Kernel | Should -BeLike '/*/kernel.elf'
    }

    It 'says where a file is wrong: <Json>' -ForEach @(
        @{ Json = '{ "version": 1, "code": "9A==", "memory": 1 }'; Said = '*$.memory: *memoryBytes*' }
        @{ Json = '{ "version": 1, "code": "9A==", "memoryBytes": "256MB" }'; Said = '*$.memoryBytes: *whole number*' }
        @{ Json = '{ "version": 2, "code": "9A==" }'; Said = '*$.version: *version 2*' }
        @{ Json = '{ "version": 1, "name": "a*", "code": "9A==" }'; Said = '*$.name: *wildcard*' }
        @{ Json = '{ "version": 1 }'; Said = '*neither kernel, nor code, nor firmware*' }
        @{ Json = 'nonsense'; Said = '*no JSON*' }
    ) {
        [System.IO.File]::WriteAllText("$TestDrive/x.json", $Json)
        Import-KvmVM "$TestDrive/x.json" -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmConfigurationInvalid,KvmPS.Commands.ImportKvmVMCommand'
        $problems[0].Exception.Message | Should -BeLike $Said
        $problems[0].Exception.Message | Should -BeLike "*x.json*"
        $problems[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'checks what a file describes: <Id>' -ForEach @(
        @{ Json = '{ "version": 1, "kernel": "/bin/sh" }'; Id = 'KvmImageNotBootable' }
        @{ Json = '{ "version": 1, "kernel": "/no/such" }'; Id = 'KvmFileNotFound' }
        @{ Json = '{ "version": 1, "code": "9A==", "vcpuCount": 2 }'; Id = 'KvmInvalidConfiguration' }
        @{ Json = '{ "version": 1, "code": "9A==", "cpuFeatures": ["-nothing"] }'; Id = 'KvmCpuFeatureUnknown' }
    ) {
        [System.IO.File]::WriteAllText("$TestDrive/x.json", $Json)
        { Import-KvmVM "$TestDrive/x.json" -ErrorAction Stop } | Should -Throw -ErrorId "$Id,*"
        (Get-KvmVM).Count | Should -Be 0
    }

    It 'says that an image of a disk is not there' {
        [System.IO.File]::WriteAllText("$TestDrive/lost.json", '{ "version": 1, "code": "9A==", "disks": [{ "path": "none.img" }] }')
        { Import-KvmVM "$TestDrive/lost.json" -ErrorAction Stop } | Should -Throw -ErrorId 'KvmFileNotFound,*' -ExpectedMessage '*none.img*'
    }

    It 'makes nothing with -WhatIf' {
        [System.IO.File]::WriteAllText("$TestDrive/x.json", '{ "version": 1, "code": "9A==" }')
        Import-KvmVM "$TestDrive/x.json" -WhatIf | Should -BeNullOrEmpty
        (Get-KvmVM).Count | Should -Be 0
    }

    It 'says that a file is not there' { { Import-KvmVM /no/such.json -ErrorAction Stop } | Should -Throw -ErrorId 'KvmFileNotFound,*' }
}
