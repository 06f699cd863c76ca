BeforeDiscovery {
    $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm')
    $noSeaBios = $noKvm -or -not [System.IO.File]::Exists('/usr/share/seabios/bios-256k.bin')
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $multiboot = [System.IO.Path]::GetFullPath("$PSScriptRoot/../Guests/multiboot/multiboot.elf")

    # 64 KiB of zeros, with some code at the reset vector.
    function New-Firmware([string]$Name, [byte[]]$Code) {
        $image = [byte[]]::new(64KB)
        $Code.CopyTo($image, 64KB - 16)
        [System.IO.File]::WriteAllBytes("$TestDrive/$Name", $image)
        [System.IO.Path]::GetFullPath("$TestDrive/$Name")
    }

    $exits = New-Firmware exits.bin 0xb0, 0x15, 0xe6, 0xf4 # mov al,0x15; out 0xf4,al
    $spins = New-Firmware spins.bin 0xeb, 0xfe # jmp to itself
}

Describe 'Firmware' {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'is a property of its machine, which has interrupt controllers' {
        $vm = New-KvmVM -Name bios -Firmware $exits -VcpuCount 2
        $vm.Firmware, $vm.InterruptController, $vm.VcpuCount | Should -Be $exits, $true, 2
        $vm.Kernel, $vm.CommandLine | Should -Be $null, $null
        (New-KvmVM -Code 0xf4).Firmware | Should -BeNullOrEmpty
    }

    It 'binds by property name' {
        $vm = [pscustomobject]@{ Name = 'row'; Firmware = $exits; MemoryBytes = '16MB' } | New-KvmVM
        $vm.Firmware, $vm.MemoryBytes | Should -Be $exits, 16MB
    }

    It 'has a plan with both places of it' {
        $plan = Get-KvmBootPlan -Firmware $exits
        $plan.Firmware, $plan.Format, $plan.Protocol, $plan.CpuMode, $plan.Entry | Should -Be $exits, 'Firmware', 'Firmware', 'Real', 0xfffffff0L
        $plan.LoadRanges.Start | Should -Be 0xf0000, 0xffff0000L
        $plan.LoadRanges.End | Should -Be 1MB, 4GB
        $plan.LoadRanges[1].Content | Should -BeLike '*read-only'
        (New-KvmVM -Firmware $exits | Get-KvmBootPlan).Firmware | Should -Be $exits
    }

    It 'takes the place of a kernel and of code, and gives it back' {
        $vm = New-KvmVM -Name one -Code 0xf4
        Set-KvmVM one -Firmware $exits
        $vm.Firmware, $vm.InterruptController | Should -Be $exits, $true
        Set-KvmVM one -Kernel $multiboot
        $vm.Firmware, $vm.Kernel, $vm.InterruptController | Should -Be $null, $multiboot, $true
        Set-KvmVM one -Firmware $spins
        Set-KvmVM one -Code 0xf4
        $vm.Firmware, $vm.InterruptController | Should -Be $null, $false
    }

    It 'says in words what Set-KvmVM changes' {
        $null = New-KvmVM -Name one -Firmware $exits
        (& { Set-KvmVM one -Firmware $spins -Verbose } 4>&1).Message -join "`n" | Should -BeLike "*Firmware from '$exits' to '$spins'*"
    }

    It 'goes to a file and comes back' {
        $null = New-KvmVM -Name one -Firmware $exits | Export-KvmVM -Path "$TestDrive/one.json"
        [System.IO.File]::ReadAllText("$TestDrive/one.json") | Should -BeLike '*"firmware": "exits.bin"*'
        Remove-KvmVM one
        $vm = Import-KvmVM "$TestDrive/one.json"
        $vm.Firmware, $vm.InterruptController | Should -Be $exits, $true
        (New-KvmVM -Name two -ConfigurationPath "$TestDrive/one.json" -Firmware $spins).Firmware | Should -Be $spins
    }

    It 'does not go with <Name>' -ForEach @(
        @{ Name = 'a kernel'; Try = { Set-KvmVM one -Kernel $multiboot -Firmware $exits -ErrorAction Stop } }
        @{ Name = 'code'; Try = { Set-KvmVM one -Code 0xf4 -Firmware $exits -ErrorAction Stop } }
        @{ Name = 'initial RAM disks'; Try = { Set-KvmVM one -Initrd $exits -ErrorAction Stop } }
        @{ Name = 'a command line'; Try = { Set-KvmVM one -CommandLine quiet -ErrorAction Stop } }
        @{ Name = 'a mode'; Try = { Set-KvmVM one -CpuMode Long -ErrorAction Stop } }
        @{ Name = 'an address'; Try = { Set-KvmVM one -LoadAddress 0x2000 -ErrorAction Stop } }
        @{ Name = 'the kernel of a file'; Try = { New-KvmVM -ConfigurationPath "$TestDrive/kernel.json" -Firmware $exits -CommandLine quiet -ErrorAction Stop } }
    ) {
        [System.IO.File]::WriteAllText("$TestDrive/kernel.json", "{ `"version`": 1, `"kernel`": `"$multiboot`" }")
        $vm = New-KvmVM -Name one -Firmware $exits
        $Try | Should -Throw -ErrorId 'KvmInvalidConfiguration,*'
        try { & $Try } catch { $_.ErrorDetails.RecommendedAction | Should -BeLike '*ive *-*' }
        $vm.Firmware | Should -Be $exits
        (Get-KvmVM).Count | Should -Be 1
    }

    It 'is refused with a remedy of its own when it is <Name>' -ForEach @(
        @{ Name = 'too small'; Size = 60KB }
        @{ Name = 'too large'; Size = 2MB }
        @{ Name = 'no whole pages'; Size = 64KB + 1 }
    ) {
        [System.IO.File]::WriteAllBytes("$TestDrive/wrong.bin", [byte[]]::new($Size))
        $null = New-KvmVM -Firmware "$TestDrive/wrong.bin" -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'KvmImageNotBootable,*'
        $problems[0].ErrorDetails.RecommendedAction | Should -BeLike '*BIOS*'
    }

    It 'must be there' { { New-KvmVM -Firmware /no/such/bios -ErrorAction Stop } | Should -Throw -ErrorId 'KvmFileNotFound,*' }

    It 'is told of by -WhatIf and -Verbose' {
        $said = (& { $null = New-KvmVM -Firmware $exits -Verbose } 4>&1).Message -join "`n"
        $said | Should -BeLike '*Load 0x10000 bytes at 0xf0000-0x100000*Map 0x10000 bytes at 0xffff0000-0x100000000, read-only*Enter at 0xfffffff0 in Real mode*'
        $said | Should -BeLike "*Create with 1 vCPU, 128 MiB, firmware '$exits' (Firmware, loaded at *entered at 0xfffffff0 in Real mode*"
    }
}

Describe 'A machine with firmware' -Skip:$noKvm {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'starts at the reset vector' {
        $run = Invoke-KvmVM -Firmware $exits
        $run.ExitReason, $run.ExitCode | Should -Be 'DebugExit', 0x2b
    }

    It 'lets its firmware be read and disassembled, and not be written' {
        $vm = New-KvmVM -Name rom -Firmware $spins
        Start-KvmVM $vm
        Suspend-KvmVM $vm
        Read-KvmMemory $vm 0xfffffff0L -As UInt16 | Should -Be 0xfeeb
        Read-KvmMemory $vm 0xffff0 -As UInt16 | Should -Be 0xfeeb
        (Get-KvmInstruction $vm -Count 1).Text | Should -BeLike 'jmp short*'
        { Write-KvmMemory $vm 0xfffffff0L -Byte 0x90 -ErrorAction Stop } | Should -Throw -ErrorId 'KvmAddressNotInRam,*' -ExpectedMessage '*can only be read*'
        Write-KvmMemory $vm 0xffff0 -Byte 0x90
        Read-KvmMemory $vm 0xfffffff0L -As UInt16 | Should -Be 0xfeeb
    }
}

Describe 'SeaBIOS' -Skip:$noSeaBios {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'says who it is on the debug console' {
        $vm = New-KvmVM -Name bios -Firmware /usr/share/seabios/bios-256k.bin
        Start-KvmVM $vm
        for ($left = 6000; $left -gt 0 -and $vm.State -eq 'Running' -and $vm.DebugConsoleText -notmatch 'No bootable device'; $left--) { [System.Threading.Thread]::Sleep(50) }
        $vm.DebugConsoleText | Should -Match '^SeaBIOS \(version '
        $vm.DebugConsoleText | Should -Match 'No bootable device'
    }
}
