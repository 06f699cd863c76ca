BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Write-KvmMemory' -Skip:$noKvm {
    BeforeEach { $vm = New-KvmVM -Name target -Code (Get-GuestCode spin) -MemoryBytes 1MB | Start-KvmVM -PassThru }
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'writes bytes into a running machine and is silent' {
        Write-KvmMemory target 0x3000 -Byte 1, 2, 0xff | Should -BeNullOrEmpty
        "$(Read-KvmMemory $vm 0x3000 4 -As Bytes)" | Should -Be '1 2 255 0'
        $vm | Write-KvmMemory -Address 0x3001 -Byte 9
        "$(Read-KvmMemory $vm 0x3000 4 -As Bytes)" | Should -Be '1 9 255 0'
    }

    It 'changes what a paused guest will do' {
        Suspend-KvmVM $vm
        Write-KvmMemory $vm 0x1000 -Byte 0xb0, 0x03, 0xe6, 0xf4   # mov al,3; out 0xf4,al
        Set-KvmRegister $vm Rip 0x1000
        Resume-KvmVM $vm
        (Wait-KvmVM $vm -Timeout 60).ExitCode | Should -Be 7
    }

    It 'writes numbers of type <As>' -ForEach @(
        @{ As = 'UInt8'; Values = 1, 255; Bytes = '1 255' }
        @{ As = 'UInt16'; Values = 0x1234, 1; Bytes = '52 18 1 0' }
        @{ As = 'UInt32'; Values = 0xffffffff; Bytes = '255 255 255 255' }
        @{ As = 'UInt64'; Values = 0xffffffff81000000; Bytes = '0 0 0 129 255 255 255 255' }
    ) {
        Write-KvmMemory $vm 0x3000 -Value $Values -As $As
        "$(Read-KvmMemory $vm 0x3000 (-split $Bytes).Count -As Bytes)" | Should -Be $Bytes
    }

    It 'writes text without a zero byte' {
        Write-KvmMemory $vm 0x3000 -Value 0xffffffffffffffff -As UInt64
        Write-KvmMemory $vm 0x3000 -Text 'Grüße'
        "$(Read-KvmMemory $vm 0x3000 8 -As Bytes)" | Should -Be '71 114 195 188 195 159 101 255'
    }

    It 'takes bytes from the pipeline, one by one' {
        [byte[]](1..20) | Write-KvmMemory $vm 0x3000
        "$(Read-KvmMemory $vm 0x3000 20 -As Bytes)" | Should -Be "$(1..20)"
        0x90, 0xf4 | Write-KvmMemory -VM $vm -Address 0x3000
        "$(Read-KvmMemory $vm 0x3000 3 -As Bytes)" | Should -Be '144 244 3'
    }

    It 'takes blocks from the pipeline, and asks once for bytes' {
        $other = New-KvmVM -Name other -Code (Get-GuestCode spin) | Start-KvmVM -PassThru
        Write-KvmMemory $vm 0x3000 -Text secret
        Read-KvmMemory $vm 0x3000 6 | Write-KvmMemory other
        Read-KvmMemory $other 0x3000 -As String | Should -Be 'secret'
        $saved = Read-KvmMemory $vm 0x3000 6
        Write-KvmMemory $vm 0x3000 -Text public
        $saved | Write-KvmMemory
        Read-KvmMemory $vm 0x3000 -As String | Should -Be 'secret'
        @(1..20 | Write-KvmMemory $vm 0x3000 -PassThru).Count | Should -Be 1
    }

    It 'refuses what is not RAM and writes nothing of it' {
        Write-KvmMemory $vm 0xfffff -Byte 1, 2 -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmAddressNotInRam,KvmPS.Commands.WriteKvmMemoryCommand'
        Read-KvmMemory $vm 0xfffff -As UInt8 | Should -Be 0
    }

    It 'wants one thing to write' {
        { Write-KvmMemory $vm 0x3000 } | Should -Throw -ErrorId 'KvmInvalidConfiguration,*'
        { Write-KvmMemory $vm 0x3000 -Byte 1 -Text 1 } | Should -Throw -ErrorId 'KvmInvalidConfiguration,*'
        { Write-KvmMemory $vm 0x3000 -Value 1 } | Should -Throw -ErrorId 'KvmInvalidConfiguration,*'
        { Write-KvmMemory $vm 0x3000 -Value 256 -As UInt8 -ErrorAction Stop } | Should -Throw -ErrorId 'KvmInvalidConfiguration,*'
    }

    It 'only says with -WhatIf what it would do' {
        Write-KvmMemory $vm 0x3000 -Byte 1 -WhatIf
        Read-KvmMemory $vm 0x3000 -As UInt8 | Should -Be 0
    }

    It 'writes the machine with -PassThru' { (Write-KvmMemory $vm 0x3000 -Byte 1 -PassThru).Name | Should -Be 'target' }

    It 'says that a machine that is off has no memory' {
        Stop-KvmVM $vm -TurnOff
        { Write-KvmMemory $vm 0 -Byte 1 -ErrorAction Stop } | Should -Throw -ErrorId 'KvmVMInvalidState,*'
    }
}
