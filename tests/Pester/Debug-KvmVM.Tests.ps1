BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Debug-KvmVM' -Skip:$noKvm {
    BeforeEach {
        $vm = New-KvmVM -Name target -Code (Get-GuestCode nmi) | Start-KvmVM -PassThru
        $null = Wait-KvmSerial $vm "ready\n"
    }

    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'sends a non-maskable interrupt and is silent' {
        Debug-KvmVM target | Should -BeNullOrEmpty
        (Wait-KvmVM target -Timeout 60).ExitCode | Should -Be 1
        Read-KvmSerial target | Should -Be 'ready', 'NMI'
    }

    It 'sends it by its names, too' -ForEach @{ Switch = @{ Nmi = $true } }, @{ Switch = @{ InjectNonMaskableInterrupt = $true } } {
        Debug-KvmVM $vm @Switch
        (Wait-KvmVM $vm -Timeout 60).ExitCode | Should -Be 1
    }

    It 'reaches a paused machine after its pause' {
        Suspend-KvmVM $vm
        Debug-KvmVM $vm
        $vm.State | Should -Be 'Paused'
        Read-KvmSerial $vm | Should -Be 'ready'
        Resume-KvmVM $vm
        (Wait-KvmVM $vm -Timeout 60).ExitCode | Should -Be 1
    }

    It 'only says with -WhatIf what it would do' {
        Debug-KvmVM $vm -WhatIf
        Suspend-KvmVM $vm
        Read-KvmSerial $vm | Should -Be 'ready'
    }

    It 'writes the machine with -PassThru' { [object]::ReferenceEquals((Debug-KvmVM $vm -PassThru), $vm) | Should -BeTrue }

    It 'wakes a sleeping guest through a line of the interrupt controllers' {
        # int vector 0x25 -> 0x102b; PIC at vector 0x20, line 5 open; 'r' to the console; sti; hlt; handler: mov al,9; out 0xf4,al
        $sleeper = New-KvmVM -Name sleeper -InterruptController -Code (
            0xc7, 0x06, 0x94, 0x00, 0x2b, 0x10, 0xc7, 0x06, 0x96, 0x00, 0x00, 0x00, 0xb0, 0x11, 0xe6, 0x20, 0xb0, 0x20, 0xe6, 0x21,
            0xb0, 0x04, 0xe6, 0x21, 0xb0, 0x01, 0xe6, 0x21, 0xb0, 0xdf, 0xe6, 0x21, 0xb0, 0x72, 0xba, 0xf8, 0x03, 0xee,
            0xfb, 0xf4, 0xeb, 0xfd, 0x90, 0xb0, 0x09, 0xe6, 0xf4)
        Start-KvmVM $sleeper
        $null = Wait-KvmSerial $sleeper r
        Debug-KvmVM $sleeper -Gsi 5
        (Wait-KvmVM $sleeper -Timeout 60).ExitCode | Should -Be 19
    }

    It 'says that there is no line, no vCPU, or no run' {
        { Debug-KvmVM $vm -Gsi 4 -ErrorAction Stop } | Should -Throw -ErrorId 'KvmNoInterruptController,*'
        { Debug-KvmVM $vm -Index 1 -ErrorAction Stop } | Should -Throw -ErrorId 'KvmVcpuNotFound,*'
        Stop-KvmVM $vm -TurnOff
        { Debug-KvmVM $vm -ErrorAction Stop } | Should -Throw -ErrorId 'KvmVMInvalidState,*'
    }
}
