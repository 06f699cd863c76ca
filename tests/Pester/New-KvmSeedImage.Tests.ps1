BeforeAll {
    . "$PSScriptRoot/Support.ps1"

    # The text of a seed, whose files lie in it as they are.
    function Get-SeedText([string]$Path) { [System.Text.Encoding]::Latin1.GetString([System.IO.File]::ReadAllBytes($Path)) }
}

Describe 'New-KvmSeedImage' {
    AfterEach { [System.IO.Directory]::GetFiles("$TestDrive") | ForEach-Object { [System.IO.File]::Delete($_) } }

    It 'makes an image with the label that cloud-init looks for' {
        $seed = New-KvmSeedImage "$TestDrive/seed.iso" "#cloud-config`npassword: x" -HostName web01
        $seed | Should -BeOfType ([KvmPS.KvmDiskImage])
        "$($seed.Format)", $seed.SizeBytes | Should -Be 'Raw', (27 * 2048)
        $text = Get-SeedText $seed.Path
        $text.Substring(16 * 2048 + 1, 5) | Should -Be 'CD001'
        $text.Substring(16 * 2048 + 40, 32).TrimEnd() | Should -Be 'cidata'
        $text | Should -BeLike '*password: x*'
        $text | Should -BeLike '*local-hostname: web01*'
    }

    It 'takes <Name>' -ForEach @(
        @{ Name = 'the path of a file'; Get = { "$TestDrive/user.yaml" } }
        @{ Name = 'a file'; Get = { [System.IO.FileInfo]"$TestDrive/user.yaml" } }
        @{ Name = 'bytes'; Get = { , [System.IO.File]::ReadAllBytes("$TestDrive/user.yaml") } }
        @{ Name = 'lines'; Get = { '#cloud-config', 'runcmd: [touch-it]' } }
        @{ Name = 'a path on a drive'; Get = { 'TestDrive:/user.yaml' } }
    ) {
        [System.IO.File]::WriteAllText("$TestDrive/user.yaml", "#cloud-config`nruncmd: [touch-it]`n")
        $data = & $Get
        Get-SeedText (New-KvmSeedImage "$TestDrive/seed.iso" -UserData $data).Path | Should -BeLike "*runcmd: ?touch-it]`n*"
    }

    It 'has all parts that are given' {
        $text = Get-SeedText (New-KvmSeedImage "$TestDrive/seed.iso" -MetaData '{"instance-id": "i-7"}' -NetworkConfig 'version: 2' -VendorData '#!/bin/vendor').Path
        foreach ($part in '*"i-7"*', '*version: 2*', '*#!/bin/vendor*', '*#cloud-config*') { $text | Should -BeLike $part }
    }

    It 'makes the same of the same, and another name of a guest with another configuration' {
        $hashes = foreach ($data in '#!/bin/a', '#!/bin/a', '#!/bin/b') {
            $seed = New-KvmSeedImage "$TestDrive/seed.iso" $data -Force
            [regex]::Match((Get-SeedText $seed.Path), 'instance-id: (\S+)').Groups[1].Value
        }
        $hashes[0] | Should -Be $hashes[1]
        $hashes[0] | Should -Not -Be $hashes[2]
        Get-SeedText (New-KvmSeedImage "$TestDrive/b.iso" -InstanceId i-1).Path | Should -BeLike '*instance-id: i-1*'
    }

    It 'replaces a file only with -Force' {
        $null = New-KvmSeedImage "$TestDrive/seed.iso"
        { New-KvmSeedImage "$TestDrive/seed.iso" -ErrorAction Stop } | Should -Throw -ErrorId 'KvmFileExists,KvmPS.Commands.NewKvmSeedImageCommand'
        { New-KvmSeedImage "$TestDrive/seed.iso" -Force -ErrorAction Stop } | Should -Not -Throw
    }

    It 'refuses <Name>' -ForEach @(
        @{ Name = 'two answers to one question'; Arguments = @{ MetaData = 'instance-id: a'; HostName = 'b' }; Id = 'KvmInvalidConfiguration' }
        @{ Name = 'a file that is not there'; Arguments = @{ UserData = 'no-such.yaml' }; Id = 'KvmFileNotFound' }
        @{ Name = 'a device'; Arguments = @{ UserData = '/dev/zero' }; Id = 'KvmFileError' }
        @{ Name = 'a number'; Arguments = @{ UserData = 7 }; Id = 'KvmInvalidConfiguration' }
        @{ Name = 'a host name that would be more'; Arguments = @{ HostName = "a`nb: c" }; Id = 'ParameterArgumentValidationError' }
    ) {
        { New-KvmSeedImage "$TestDrive/seed.iso" @Arguments -ErrorAction Stop } | Should -Throw -ErrorId "$Id,*"
        [System.IO.Directory]::GetFiles("$TestDrive").Count | Should -Be 0
    }

    It 'makes nothing with -WhatIf' {
        New-KvmSeedImage "$TestDrive/seed.iso" -WhatIf | Should -BeNullOrEmpty
        "$TestDrive/seed.iso" | Should -Not -Exist
    }
}
