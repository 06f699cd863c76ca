BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $multiboot = [System.IO.Path]::GetFullPath("$PSScriptRoot/../Guests/multiboot/multiboot.elf")
}

Describe 'Set-KvmVM' {
    BeforeEach { $vm = New-KvmVM -Name target -Code (Get-GuestCode spin) }
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'changes what is given, and is silent' {
        Set-KvmVM target -MemoryBytes 64MB -VcpuCount 2 -InterruptController -CpuFeature '-cx16' -OnPanic Pause -ClockOffset -60 | Should -BeNullOrEmpty
        $vm.MemoryBytes | Should -Be 64MB
        $vm.VcpuCount | Should -Be 2
        $vm.InterruptController | Should -BeTrue
        $vm.CpuFeature | Should -Be '-cx16'
        $vm.OnPanic | Should -Be 'Pause'
        $vm.OnReset | Should -Be 'Stop'
        $vm.ClockOffset | Should -Be ([timespan]::FromMinutes(-1))
    }

    It 'writes the machine with -PassThru, changed or not' {
        [object]::ReferenceEquals((Set-KvmVM $vm -HugePages -PassThru), $vm) | Should -BeTrue
        [object]::ReferenceEquals((Set-KvmVM $vm -HugePages -PassThru), $vm) | Should -BeTrue
        $vm.HugePages | Should -BeTrue
        Set-KvmVM $vm -HugePages:$false
        $vm.HugePages | Should -BeFalse
    }

    It 'takes back what can be empty' {
        Set-KvmVM $vm -CpuFeature '-cx16' -VcpuAffinity 0 -SerialLogPath "$TestDrive/log"
        $vm.SerialLogPath | Should -BeLike '/*log'
        Set-KvmVM $vm -CpuFeature @() -VcpuAffinity @() -SerialLogPath ''
        $vm.CpuFeature.Count, $vm.VcpuAffinity.Count | Should -Be 0, 0
        $vm.SerialLogPath | Should -BeNullOrEmpty
    }

    It 'changes code to a kernel and back' {
        Set-KvmVM $vm -Kernel $multiboot -CommandLine 'a b' -Initrd "$PSCommandPath ro"
        $vm.Kernel | Should -Be $multiboot
        $vm.CommandLine | Should -Be 'a b'
        $vm.Initrd | Should -Be "$PSCommandPath ro"
        $vm.InterruptController | Should -BeTrue
        Set-KvmVM $vm -Initrd @()
        $vm.Initrd.Count | Should -Be 0
        $vm.CommandLine | Should -Be 'a b'
        Set-KvmVM $vm -Code 0xf4
        $vm.Kernel | Should -BeNullOrEmpty
        $vm.InterruptController | Should -BeFalse
    }

    It 'leaves a piped machine as it is but for what was typed' {
        $other = New-KvmVM -Name other -Kernel $multiboot -MemoryBytes 32MB -CommandLine keep
        $vm, $other | Set-KvmVM -Prefault
        $vm.MemoryBytes, $other.MemoryBytes | Should -Be 128MB, 32MB
        $vm.Prefault, $other.Prefault | Should -Be $true, $true
        $other.CommandLine | Should -Be 'keep'
    }

    It 'binds names and settings by property name, as from a CSV file' {
        $null = New-KvmVM -Name second -Code 0xf4
        [pscustomobject]@{ Name = 'target'; MemoryBytes = '16MB'; OnReset = 'Restart' }, [pscustomobject]@{ Name = 'second'; VcpuCount = '1' } | Set-KvmVM
        $vm.MemoryBytes, $vm.OnReset | Should -Be 16MB, 'Restart'
        (Get-KvmVM second).MemoryBytes, (Get-KvmVM second).OnReset | Should -Be 128MB, 'Stop'
    }

    It 'says with -WhatIf what would change from what to what, and changes nothing' {
        $said = & { Set-KvmVM $vm -MemoryBytes 64MB -CpuFeature '-cx16' -Verbose -Confirm:$false } 4>&1
        $said[0].Message | Should -BeLike '*Set MemoryBytes from 134,217,728 to 67,108,864; CpuFeature from none to -cx16*'
        Set-KvmVM $vm -MemoryBytes 32MB -WhatIf
        $vm.MemoryBytes | Should -Be 64MB
    }

    It 'refuses <Name>, and changes nothing' -ForEach @(
        @{ Name = 'a kernel that is none'; Set = @{ Kernel = '/bin/sh'; MemoryBytes = 1MB }; Id = 'KvmImageNotBootable' }
        @{ Name = 'a disk that is not there'; Set = @{ Disk = '/no/such.img'; MemoryBytes = 1MB }; Id = 'KvmFileNotFound' }
        @{ Name = 'a folder as a disk'; Set = @{ Disk = '/tmp' }; Id = 'KvmInvalidPath' }
        @{ Name = 'a missing kernel'; Set = @{ Kernel = '/no/such' }; Id = 'KvmFileNotFound' }
        @{ Name = 'several vCPUs without interrupt controllers'; Set = @{ VcpuCount = 2 }; Id = 'KvmInvalidConfiguration' }
        @{ Name = 'a kernel and code'; Set = @{ Kernel = '/bin/sh'; Code = [byte[]](0xf4) }; Id = 'KvmInvalidConfiguration' }
        @{ Name = 'a command line for code'; Set = @{ CommandLine = 'x' }; Id = 'KvmInvalidConfiguration' }
        @{ Name = 'three CPUs for one vCPU'; Set = @{ VcpuAffinity = 0, 1, 0 }; Id = 'KvmInvalidConfiguration' }
        @{ Name = 'a feature that nobody knows'; Set = @{ CpuFeature = '-xsav' }; Id = 'KvmCpuFeatureUnknown' }
        @{ Name = 'features that contradict each other'; Set = @{ CpuFeature = '-xsave', '+avx' }; Id = 'KvmInvalidConfiguration' }
    ) {
        { Set-KvmVM $vm @Set -ErrorAction Stop } | Should -Throw -ErrorId "$Id,KvmPS.Commands.SetKvmVMCommand"
        $vm.MemoryBytes, $vm.VcpuCount, $vm.CpuFeature.Count, $vm.Kernel | Should -Be 128MB, 1, 0, $null
    }

    It 'goes on after a name that is not there' {
        Set-KvmVM nobody, target -MemoryBytes 16MB -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'KvmVMNotFound,*'
        $vm.MemoryBytes | Should -Be 16MB
    }

    It 'refuses to change a running machine, and says how to stop it' -Skip:$noKvm {
        Start-KvmVM $vm
        Set-KvmVM $vm -MemoryBytes 16MB -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmVMInvalidState,KvmPS.Commands.SetKvmVMCommand'
        $problems[0].ErrorDetails.RecommendedAction | Should -BeLike "*Stop-KvmVM 'target'*"
        $vm.MemoryBytes | Should -Be 128MB
    }

    It 'counts from the next start on' -Skip:$noKvm {
        Start-KvmVM $vm
        Stop-KvmVM $vm -TurnOff
        Set-KvmVM $vm -Code (Get-GuestCode hello)
        Start-KvmVM $vm
        (Wait-KvmVM $vm -Timeout 60).ExitCode | Should -Be 33
    }
}
