BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Get-KvmInstruction' -Skip:$noKvm {
    BeforeAll {
        # 1000: jmp to itself; 1002: mov with an immediate as wide as the mode; 1005: nop, nop
        $code = 0xeb, 0xfe, 0xb8, 0x34, 0x12, 0x90, 0x90
        $vm = New-KvmVM -Name target -Code $code | Start-KvmVM -PassThru
        Suspend-KvmVM $vm
    }

    AfterAll { Get-KvmVM | Remove-KvmVM }

    It 'begins where the vCPU stands' {
        $lines = Get-KvmInstruction target -Count 4
        $lines.Count | Should -Be 4
        $lines[0] | Should -BeOfType ([KvmPS.KvmInstruction])
        $lines[0].Address | Should -Be (Get-KvmVcpu target).Rip
        $lines.IsCurrent | Should -Be $true, $false, $false, $false
        $lines.Text | Should -Be 'jmp short 1000h', 'mov ax,1234h', 'nop', 'nop'
        $lines | ForEach-Object Length | Should -Be 2, 3, 1, 1
        "$($lines[1].Bytes)" | Should -Be '184 52 18'
        "$($lines[2])" | Should -Be '0x1005 nop'
    }

    It 'writes ten by default' { (Get-KvmInstruction $vm).Count | Should -Be 10 }

    It 'begins at an address' {
        $line = Get-KvmInstruction $vm 0x1005 1
        $line.Address | Should -Be 0x1005
        $line.IsCurrent | Should -BeFalse
    }

    It 'decodes as <Bits> bits when it is told to' -ForEach @(@{ Bits = 16; Text = 'mov ax,1234h' }, @{ Bits = 32; Text = 'mov eax,90901234h' }) {
        (Get-KvmInstruction $vm 0x1002 1 -Bitness $Bits).Text | Should -Be $Text
    }

    It 'decodes in the mode of the vCPU' {
        $long = New-KvmVM -Name long -Code 0xeb, 0xfe, 0x48, 0x31, 0xc0 -CpuMode Long | Start-KvmVM -PassThru | Suspend-KvmVM -PassThru
        (Get-KvmInstruction $long -Count 2).Text | Should -Be 'jmp short 0000000000001000h', 'xor rax,rax'
        Get-KvmInstruction $long 0xffffffff81000000 -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmAddressNotMapped,KvmPS.Commands.GetKvmInstructionCommand'
    }

    It 'writes what it can read, and says where the RAM ends' {
        $small = New-KvmVM -Name small -Code 0xeb, 0xfe -CpuMode Protected -MemoryBytes 1MB | Start-KvmVM -PassThru | Suspend-KvmVM -PassThru
        Write-KvmMemory $small 0xffffe -Byte 0x90, 0xb8
        $lines = Get-KvmInstruction $small 0xffffe -ErrorVariable problems -ErrorAction SilentlyContinue
        $lines.Text | Should -Be 'nop'
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmAddressNotInRam,KvmPS.Commands.GetKvmInstructionCommand'
    }

    It 'says that a machine runs, or is off' {
        $running = New-KvmVM -Code (Get-GuestCode spin) | Start-KvmVM -PassThru
        { Get-KvmInstruction $running -ErrorAction Stop } | Should -Throw -ErrorId 'KvmVMInvalidState,*'
        Stop-KvmVM $running -TurnOff
        { Get-KvmInstruction $running -ErrorAction Stop } | Should -Throw -ErrorId 'KvmVMInvalidState,*'
    }
}
