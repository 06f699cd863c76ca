BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Read-KvmMemory' -Skip:$noKvm {
    BeforeAll {
        $vm = New-KvmVM -Name target -Code 0xeb, 0xfe, 0x41, 0x42, 0x43, 0x00, 0xff -MemoryBytes 1MB | Start-KvmVM -PassThru
    }

    AfterAll { Get-KvmVM | Remove-KvmVM }

    It 'reads a block of a running machine' {
        $block = Read-KvmMemory target 0x1000 7
        $block | Should -BeOfType ([KvmPS.KvmMemoryBlock])
        $block.VMName | Should -Be 'target'
        $block.Address | Should -Be 0x1000
        $block.Length | Should -Be 7
        "$($block.Bytes)" | Should -Be '235 254 65 66 67 0 255'
        "$block" | Should -Be '7 bytes at 0x1000'
    }

    It 'reads 256 bytes by default, and of a paused machine too' {
        Suspend-KvmVM $vm
        try { (Read-KvmMemory $vm -Address 0x1000).Length | Should -Be 256 } finally { Resume-KvmVM $vm }
    }

    It 'reads bytes as one array' {
        $bytes = Read-KvmMemory $vm 0x1000 3 -As Bytes
        , $bytes | Should -BeOfType ([byte[]])
        "$bytes" | Should -Be '235 254 65'
    }

    It 'reads numbers of type <As>' -ForEach @(
        @{ As = 'UInt8'; Type = [byte]; Values = 0x42, 0x43 }
        @{ As = 'UInt16'; Type = [ushort]; Values = 0x4342, 0xff00 }
        @{ As = 'UInt32'; Type = [uint]; Values = 4278207298, 0 }
        @{ As = 'UInt64'; Type = [ulong]; Values = 4278207298, 0 }
    ) {
        $values = Read-KvmMemory $vm 0x1003 -As $As -Count 2
        $values.Count | Should -Be 2
        $values[0] | Should -BeOfType $Type
        $values | Should -Be $Values
        (Read-KvmMemory $vm 0x1003 -As $As) | Should -Be $Values[0]
    }

    It 'reads text up to a zero byte, or to the length' {
        Read-KvmMemory $vm 0x1002 -As String | Should -BeExactly 'ABC'
        Read-KvmMemory $vm 0x1002 2 -As String | Should -BeExactly 'AB'
    }

    It 'reads the last byte, and refuses what is not RAM: <Address>' -ForEach @(
        @{ Address = 0xfffff; Length = 2 }
        @{ Address = 0x100000; Length = 1 }
        @{ Address = 0xffffffffffffffff; Length = 1 }
        @{ Address = 0; Length = 1GB }
    ) {
        (Read-KvmMemory $vm 0xfffff 1).Length | Should -Be 1
        Read-KvmMemory $vm $Address $Length -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmAddressNotInRam,KvmPS.Commands.ReadKvmMemoryCommand'
        $problems[0].Exception.Message | Should -BeLike '*0x0-0xfffff*'
    }

    It 'reads no more than 1 GiB at once' { { Read-KvmMemory $vm 0 (1GB + 1) } | Should -Throw -ErrorId 'ParameterArgumentValidationError,*' }

    It 'wants a length or a count, as fits' {
        { Read-KvmMemory $vm 0 8 -As UInt64 } | Should -Throw -ErrorId 'KvmInvalidConfiguration,*'
        { Read-KvmMemory $vm 0 -Count 8 } | Should -Throw -ErrorId 'KvmInvalidConfiguration,*'
    }

    It 'says that a machine that is off has no memory' {
        $off = New-KvmVM -Code (Get-GuestCode hello)
        { Read-KvmMemory $off 0 -ErrorAction Stop } | Should -Throw -ErrorId 'KvmVMInvalidState,*'
        $null = Start-KvmVM $off -PassThru | Wait-KvmVM -Timeout 60
        { Read-KvmMemory $off 0 -ErrorAction Stop } | Should -Throw -ErrorId 'KvmVMInvalidState,*'
    }

    It 'writes blocks that are serialized whole' {
        $copy = ConvertTo-Deserialized (Read-KvmMemory $vm 0x1000 3)
        "$($copy.Bytes)" | Should -Be '235 254 65'
        $copy.Address | Should -Be 0x1000
    }
}
