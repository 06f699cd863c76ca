BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Set-KvmRegister' -Skip:$noKvm {
    BeforeEach {
        # 1000: jmp to itself; 1002: out 0xf4,al
        $vm = New-KvmVM -Name target -Code 0xeb, 0xfe, 0xe6, 0xf4 | Start-KvmVM -PassThru
        Suspend-KvmVM $vm
    }

    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'sets one register and is silent' {
        Set-KvmRegister target Rax 0x1234 | Should -BeNullOrEmpty
        (Get-KvmRegister target).Rax | Should -Be 0x1234
    }

    It 'lets the guest go on with several that were set' {
        Set-KvmRegister $vm -Register @{ rip = 0x1002; al = 3 }
        Resume-KvmVM $vm
        (Wait-KvmVM $vm -Timeout 60).ExitCode | Should -Be 7
    }

    It 'sets flags by name, with numbers and truth values' {
        Set-KvmRegister $vm -Name ZF -Value 1
        Set-KvmRegister $vm -Register @{ CF = $true; DF = '1'; ZF = 0 }
        $flags = (Get-KvmRegister $vm).Flags
        $flags | Should -Contain 'CF'
        $flags | Should -Contain 'DF'
        $flags | Should -Not -Contain 'ZF'
    }

    It 'takes the number <Given> as it was written' -ForEach @(
        @{ Given = 0xffffffffffffffff; Expected = [ulong]::MaxValue }
        @{ Given = 0xffffffff81000000; Expected = [ulong]18446744071578845184 }
        @{ Given = 0xffffffff; Expected = [ulong]4294967295 }
        @{ Given = '0xFFFFFFFF81000000'; Expected = [ulong]18446744071578845184 }
        @{ Given = 5L; Expected = [ulong]5 }
        @{ Given = [ulong]::MaxValue; Expected = [ulong]::MaxValue }
    ) {
        Set-KvmRegister $vm Rbx $Given
        (Get-KvmRegister $vm).Rbx | Should -Be $Expected
        Set-KvmRegister $vm -Register @{ Rcx = $Given }
        (Get-KvmRegister $vm).Rcx | Should -Be $Expected
    }

    It 'writes the registers with -PassThru' {
        $registers = Set-KvmRegister $vm R8 1 -PassThru
        $registers | Should -BeOfType ([KvmPS.KvmRegisters])
        $registers.R8 | Should -Be 1
    }

    It 'restores what Get-KvmRegister wrote' {
        $saved = Get-KvmRegister $vm -Name Rip, Rax, Cs, Cs.Base, ZF
        Set-KvmRegister $vm -Register @{ Rip = 0x1002; Rax = 77; Cs = 0x100; ZF = 1 }
        $saved | Set-KvmRegister
        $now = Get-KvmRegister $vm -Name Rip, Rax, Cs, Cs.Base, ZF
        $now.Value | Should -Be $saved.Value
    }

    It 'copies registers to another machine, and takes a piped machine for no register' {
        $other = New-KvmVM -Name other -Code (Get-GuestCode spin) | Start-KvmVM -PassThru | Suspend-KvmVM -PassThru
        Set-KvmRegister $vm Rbx 5
        Get-KvmRegister $vm -Name Rbx | Set-KvmRegister -VM $other
        (Get-KvmRegister $other).Rbx | Should -Be 5
        $other | Set-KvmRegister -Register @{ Rbx = 6 }
        (Get-KvmRegister $other).Rbx | Should -Be 6
        $other | Set-KvmRegister -Name Rbx -Value 7
        (Get-KvmRegister $other).Rbx | Should -Be 7
    }

    It 'changes the vCPU that was named, or the first one' {
        $pair = New-KvmVM -Name pair -Code (Get-GuestCode spin) -VcpuCount 2 -InterruptController | Start-KvmVM -PassThru | Suspend-KvmVM -PassThru
        Set-KvmRegister $pair Rbx 1
        Set-KvmRegister $pair Rbx 2 -Index 1
        (Get-KvmRegister $pair).Rbx | Should -Be 1, 2
    }

    It 'changes nothing when <Register> is refused' -ForEach @(
        @{ Register = 'Cr4'; Value = 0xffffffffffffffff }
        @{ Register = 'Rip'; Value = 0x8000000000000000 }
        @{ Register = 'Rflags'; Value = 0x8002 }
        @{ Register = 'Ah'; Value = 256 }
        @{ Register = 'Rdx'; Value = 'many' }
    ) {
        Set-KvmRegister $vm -Register @{ Rax = 99; Cr2 = 99; $Register = $Value } -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmInvalidRegisterValue,KvmPS.Commands.SetKvmRegisterCommand'
        $registers = Get-KvmRegister $vm
        $registers.Rax | Should -Be 0
        $registers.Cr2 | Should -Be 0
        $registers.Rip | Should -Be 0x1000
    }

    It 'says that there is no such register' {
        { Set-KvmRegister $vm -Register @{ Rax = 1; Raz = 1 } -ErrorAction Stop } | Should -Throw -ErrorId 'KvmRegisterNotFound,*'
        (Get-KvmRegister $vm).Rax | Should -Be 0
    }

    It 'wants a register and a value' {
        { Set-KvmRegister $vm -ErrorAction Stop } | Should -Throw -ErrorId 'KvmInvalidConfiguration,*'
        { Set-KvmRegister $vm Rax -ErrorAction Stop } | Should -Throw -ErrorId 'KvmInvalidConfiguration,*'
    }

    It 'only says with -WhatIf what it would do' {
        Set-KvmRegister $vm Rax 1 -WhatIf
        (Get-KvmRegister $vm).Rax | Should -Be 0
    }

    It 'says that a running machine has to be paused, and that one is off' {
        Resume-KvmVM $vm
        { Set-KvmRegister $vm Rax 1 -ErrorAction Stop } | Should -Throw -ErrorId 'KvmVMInvalidState,*'
        Stop-KvmVM $vm -TurnOff
        { Set-KvmRegister $vm Rax 1 -ErrorAction Stop } | Should -Throw -ErrorId 'KvmVMInvalidState,*'
    }
}
