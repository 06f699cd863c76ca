BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $multiboot = [System.IO.Path]::GetFullPath("$PSScriptRoot/../Guests/multiboot/multiboot.elf")
}

AfterAll { Get-KvmVM | Remove-KvmVM }

Describe 'New-KvmVM' {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'makes a machine that is off' {
        $vm = New-KvmVM -Name one -Code (Get-GuestCode hello) -MemoryBytes 64MB
        $vm | Should -BeOfType ([KvmPS.KvmVM])
        $vm.State | Should -Be 'Off'
        $vm.MemoryBytes | Should -Be 64MB
        $vm.VcpuCount | Should -Be 1
        "$vm" | Should -Be 'one'
    }

    It 'gives each a name and an id of its own' {
        $vms = 1..3 | ForEach-Object { New-KvmVM -Code (Get-GuestCode hello) }
        [System.Collections.Generic.HashSet[string]]::new([string[]]$vms.Name).Count | Should -Be 3
        [System.Collections.Generic.HashSet[guid]]::new([guid[]]$vms.Id).Count | Should -Be 3
        $vms.Name | ForEach-Object { $_ | Should -Match '^vm\d+$' }
    }

    It 'refuses a name that is taken, whatever its case, and goes on' {
        $null = New-KvmVM -Name twin -Code (Get-GuestCode hello)
        $vm = 'TWIN', 'other' | ForEach-Object { New-KvmVM -Name $_ -Code (Get-GuestCode hello) -ErrorVariable +problems -ErrorAction SilentlyContinue }
        $vm.Name | Should -Be 'other'
        $problems.FullyQualifiedErrorId | Should -Be 'KvmVMAlreadyExists,KvmPS.Commands.NewKvmVMCommand'
        $problems[0].CategoryInfo.Category | Should -Be 'ResourceExists'
    }

    It 'refuses the name <_>' -ForEach '*', 'a?', '[a]', "a`nb", '', ' ', ('x' * 65) {
        { New-KvmVM -Name $_ -Code (Get-GuestCode hello) } | Should -Throw -ErrorId 'ParameterArgumentValidationError*'
    }

    It 'binds by property name, with sizes as text, as from a CSV file' {
        $rows = [pscustomobject]@{ Name = 'csv1'; Kernel = $multiboot; MemoryBytes = '256MB'; VcpuCount = '2'; CommandLine = 'a b' },
                [pscustomobject]@{ Name = 'csv2'; Kernel = $multiboot; MemoryBytes = '134217728'; VcpuCount = '1'; CommandLine = '' }
        $vms = $rows | New-KvmVM
        $vms.Name | Should -Be 'csv1', 'csv2'
        $vms.MemoryBytes | Should -Be 256MB, 128MB
        $vms.VcpuCount | Should -Be 2, 1
        $vms.CommandLine | Should -Be 'a b', ''
    }

    It 'binds code from an object whose other properties need converting' {
        $vm = [pscustomobject]@{ Name = 'mixed'; Code = 0xf4, 0x90; MemoryBytes = 16MB; CpuMode = 'Long'; LoadAddress = 0x2000; VcpuCount = '1' } | New-KvmVM
        $vm.MemoryBytes | Should -Be 16MB
        $vm.Kernel | Should -BeNullOrEmpty
    }

    It 'goes on after a bad item' {
        $rows = [pscustomobject]@{ Name = 'bad'; Kernel = '/no/such/kernel' }, [pscustomobject]@{ Name = 'good'; Kernel = $multiboot }
        $vms = $rows | New-KvmVM -ErrorVariable problems -ErrorAction SilentlyContinue
        $vms.Name | Should -Be 'good'
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmFileNotFound,KvmPS.Commands.NewKvmVMCommand'
        $problems[0].TargetObject | Should -Be 'bad'
        $problems[0].ErrorDetails.RecommendedAction | Should -Not -BeNullOrEmpty
    }

    It 'says of a file that is no kernel which byte is wrong' {
        { New-KvmVM $PSCommandPath -ErrorAction Stop } | Should -Throw -ErrorId 'KvmImageNotBootable,*' -ExpectedMessage '*Tests.ps1*'
        (Get-KvmVM).Count | Should -Be 0
    }

    It 'says of a folder as <Name> that it is one' -ForEach @(
        @{ Name = 'a kernel'; Make = { New-KvmVM $PSScriptRoot -ErrorAction Stop } }
        @{ Name = 'an initial RAM disk'; Make = { New-KvmVM $multiboot -Initrd $PSScriptRoot -ErrorAction Stop } }
        @{ Name = 'firmware'; Make = { New-KvmVM -Firmware $PSScriptRoot -ErrorAction Stop } }
        @{ Name = 'a disk'; Make = { New-KvmVM -Code 0xf4 -Disk $PSScriptRoot -ErrorAction Stop } }
        @{ Name = 'a configuration'; Make = { New-KvmVM -ConfigurationPath $PSScriptRoot -ErrorAction Stop } }
        @{ Name = 'the kernel of a plan'; Make = { Get-KvmBootPlan $PSScriptRoot -ErrorAction Stop } }
    ) {
        $Make | Should -Throw -ErrorId 'KvmInvalidPath,*' -ExpectedMessage "'$PSScriptRoot' is a folder."
    }

    It 'says of a folder as a log file that it is one' -Skip:$noKvm {
        { Invoke-KvmVM -Code (Get-GuestCode hello) -SerialLogPath $TestDrive -ErrorAction Stop } | Should -Throw -ErrorId 'KvmInvalidPath,*'
    }

    It 'refuses null as a disk' {
        { New-KvmVM -Code 0xf4 -Disk $null -ErrorAction Stop } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
        { New-KvmVM -Code 0xf4 -Disk $multiboot, $null -ErrorAction Stop } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*'
    }

    It 'says now that a disk is not there, and not at the start' {
        { New-KvmVM -Code 0xf4 -Disk "$TestDrive/none.img" -ErrorAction Stop } | Should -Throw -ErrorId 'KvmFileNotFound,*' -ExpectedMessage "There is no disk image '$TestDrive/none.img'."
        (Get-KvmVM).Count | Should -Be 0
    }

    It 'refuses a pipe as a kernel and as a log file, and does not wait for its other end' -Skip:$noKvm {
        $pipe = "$TestDrive/pipe"
        [System.Diagnostics.Process]::Start('mkfifo', $pipe).WaitForExit()
        { New-KvmVM $pipe -ErrorAction Stop } | Should -Throw -ErrorId 'KvmFileError,*' -ExpectedMessage '*is not a regular file.'
        { Invoke-KvmVM -Code (Get-GuestCode hello) -SerialLogPath $pipe -ErrorAction Stop } | Should -Throw -ErrorId 'KvmFileError,*' -ExpectedMessage '*is not a regular file.'
    }

    It 'takes the kernel from a file that is piped in' {
        $vm = [System.IO.FileInfo]$multiboot | New-KvmVM
        $vm.Kernel | Should -Be $multiboot
        $vm.Name | Should -Be 'multiboot.elf'
    }

    It 'takes the kernel from an object with PSPath' {
        $vm = [pscustomobject]@{ PSPath = "Microsoft.PowerShell.Core\FileSystem::$multiboot" } | New-KvmVM -Name piped
        $vm.Kernel | Should -Be $multiboot
    }

    It 'takes a file object as an argument' {
        (New-KvmVM ([System.IO.FileInfo]$multiboot)).Kernel | Should -Be $multiboot
    }

    It 'goes through drives of PowerShell' {
        [System.IO.File]::Copy($multiboot, "$TestDrive/kernel.elf")
        [System.IO.File]::WriteAllText("$TestDrive/initrd", 'x')
        $vm = New-KvmVM TestDrive:/kernel.elf -Initrd TestDrive:/initrd -SerialLogPath TestDrive:/log
        $vm.Kernel | Should -BeLike '/*kernel.elf'
        $vm.Kernel | Should -Exist
        $vm.Initrd | Should -BeLike '/*initrd'
    }

    It 'refuses a path on a drive that has no files' {
        { New-KvmVM Env:/PATH -ErrorAction Stop } | Should -Throw -ErrorId 'KvmInvalidPath,*'
    }

    It 'tells a module''s arguments from its file' {
        [System.IO.File]::WriteAllText("$TestDrive/alpha beta.txt", 'x')
        $vm = New-KvmVM $multiboot -Initrd "$TestDrive/alpha beta.txt a=1 b=2", "$TestDrive/alpha beta.txt"
        $vm.Initrd | Should -Be "$TestDrive/alpha beta.txt a=1 b=2", "$TestDrive/alpha beta.txt"
    }

    It 'refuses several vCPUs that nothing could start' {
        { New-KvmVM -Code (Get-GuestCode hello) -VcpuCount 2 -ErrorAction Stop } | Should -Throw -ErrorId 'KvmInvalidConfiguration,*'
        (New-KvmVM -Code (Get-GuestCode hello) -VcpuCount 2 -InterruptController).VcpuCount | Should -Be 2
    }

    It 'refuses <Parameter> <Value>' -ForEach @(
        @{ Parameter = 'VcpuCount'; Value = 0 }
        @{ Parameter = 'MemoryBytes'; Value = 1KB }
        @{ Parameter = 'MemoryBytes'; Value = 'much' }
        @{ Parameter = 'CpuMode'; Value = 'Virtual' }
    ) {
        $bad = @{ $Parameter = $Value }
        { New-KvmVM -Code (Get-GuestCode hello) @bad } | Should -Throw -ExceptionType ([System.Management.Automation.ParameterBindingException])
    }

    It 'binds every setting by property name' {
        $vm = [pscustomobject]@{
            Kernel = $multiboot; CpuFeature = '-cx16', '-x2apic'; VcpuCount = 2; VcpuAffinity = '0', '0'; HugePages = $true; Prefault = $true; NoAcpi = $true
            ClockOffset = '-00:30:00'; OnReset = 'Restart'; OnPanic = 'Pause'
        } | New-KvmVM
        $vm.CpuFeature | Should -Be '-cx16', '-x2apic'
        $vm.VcpuAffinity | Should -Be 0, 0
        $vm.HugePages, $vm.Prefault, $vm.Acpi | Should -Be $true, $true, $false
        $vm.ClockOffset | Should -Be ([timespan]::FromMinutes(-30))
        $vm.OnReset, $vm.OnPanic | Should -Be 'Restart', 'Pause'
    }

    It 'takes each row for itself' {
        $vms = [pscustomobject]@{ Kernel = $multiboot; MemoryBytes = '16MB'; OnPanic = 'Pause' }, [pscustomobject]@{ Kernel = $multiboot } | New-KvmVM
        $vms.MemoryBytes | Should -Be 16MB, 128MB
        $vms.OnPanic | Should -Be 'Pause', 'Stop'
    }

    It 'refuses the clock offset <_>' -ForEach 'soon', 1e12, -1e12 {
        { New-KvmVM -Code 0xf4 -ClockOffset $_ } | Should -Throw -ErrorId 'ParameterArgumentTransformationError*'
    }

    It 'says of a CPU feature <Feature> <Id>' -ForEach @(
        @{ Feature = '-xsav'; Id = 'KvmCpuFeatureUnknown'; Near = '*-xsave*' }
        @{ Feature = 'cx16'; Id = 'KvmCpuFeatureUnknown'; Near = '*-cx16*' }
        @{ Feature = '-cx16', '+cx16'; Id = 'KvmInvalidConfiguration'; Near = '*Leave one*' }
    ) {
        New-KvmVM -Code 0xf4 -CpuFeature $Feature -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems[0].FullyQualifiedErrorId | Should -Be "$Id,KvmPS.Commands.NewKvmVMCommand"
        $problems[0].ErrorDetails.RecommendedAction | Should -BeLike $Near
    }

    It 'asks KVM whether it offers a CPU feature that is insisted on' -Skip:$noKvm {
        (New-KvmVM -Code 0xf4 -CpuFeature '+x2apic').CpuFeature | Should -Be '+x2apic'
        { New-KvmVM -Code 0xf4 -CpuFeature '+smx' -ErrorAction Stop } | Should -Throw -ErrorId 'KvmCpuFeatureNotSupported,*'
    }

    It 'hides a CPU feature from the guest' -Skip:$noKvm {
        $all = (Invoke-KvmVM -Code (Get-GuestCode cpuid)).SerialText.Split("`n")[0].Split(' ')[3]
        $masked = (Invoke-KvmVM -Code (Get-GuestCode cpuid) -CpuFeature '-cx16').SerialText.Split("`n")[0].Split(' ')[3]
        ([Convert]::ToUInt32($all, 16) -bxor [Convert]::ToUInt32($masked, 16)) | Should -Be (1 -shl 13)
    }

    It 'completes CPU features, quoted' -Skip:$noKvm {
        $line = "New-KvmVM -Code 0xf4 -CpuFeature '-x2a"
        $found = [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches
        $found.CompletionText | Should -Be "'-x2apic'"
        $line = 'New-KvmVM -Code 0xf4 -CpuFeature +x2a'
        $found = [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches
        $found.CompletionText | Should -Be "'+x2apic'"
    }

    It 'takes a configuration file, with other parameters over it' {
        New-KvmVM -Name one $multiboot -CommandLine 'from file' -MemoryBytes 32MB -OnPanic Pause | Export-KvmVM -Path "$TestDrive/one.json"
        $vm = New-KvmVM -ConfigurationPath "$TestDrive/one.json" -Name two -MemoryBytes 64MB
        $vm.Name, $vm.Kernel, $vm.CommandLine, $vm.MemoryBytes, $vm.OnPanic | Should -Be 'two', $multiboot, 'from file', 64MB, 'Pause'
        { New-KvmVM -ConfigurationPath "$TestDrive/one.json" -ErrorAction Stop } | Should -Throw -ErrorId 'KvmVMAlreadyExists,*'
        (New-KvmVM -ConfigurationPath "$TestDrive/one.json" -Name three -Code 0xf4).Kernel | Should -BeNullOrEmpty
        { New-KvmVM -ConfigurationPath "$TestDrive/one.json" -Name four -CpuMode Long -ErrorAction Stop } | Should -Throw -ErrorId 'KvmInvalidConfiguration,*'
    }

    It 'refuses a program as a kernel' {
        { New-KvmVM /bin/sh -ErrorAction Stop } | Should -Throw -ErrorId 'KvmImageNotBootable,*' -ExpectedMessage '*PT_INTERP*'
    }

    It 'makes nothing with -WhatIf' {
        New-KvmVM -Name plan -Code (Get-GuestCode hello) -WhatIf | Should -BeNullOrEmpty
        (Get-KvmVM).Count | Should -Be 0
    }

    It 'makes nothing from a file with a name with -WhatIf' {
        [System.IO.File]::WriteAllText("$TestDrive/named.json", '{ "version": 1, "name": "named", "code": "9A==" }')
        New-KvmVM -ConfigurationPath "$TestDrive/named.json" -WhatIf -ErrorAction Stop | Should -BeNullOrEmpty
        (Get-KvmVM).Count | Should -Be 0
    }

    It 'uses up no number with -WhatIf' {
        $first = New-KvmVM -Code (Get-GuestCode hello)
        New-KvmVM -Code (Get-GuestCode hello) -WhatIf
        Invoke-KvmVM -Code (Get-GuestCode hello) -WhatIf
        $next = New-KvmVM -Code (Get-GuestCode hello)
        [int]$next.Name.Substring(2) | Should -Be ([int]$first.Name.Substring(2) + 1)
    }
}
