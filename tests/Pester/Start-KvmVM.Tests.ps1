BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Start-KvmVM' -Skip:$noKvm {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'starts a machine and is silent' {
        $vm = New-KvmVM -Code (Get-GuestCode spin)
        Start-KvmVM $vm | Should -BeNullOrEmpty
        $vm.State | Should -Be 'Running'
    }

    It 'writes the machine with -PassThru' {
        $vm = New-KvmVM -Code (Get-GuestCode spin)
        $passed = $vm | Start-KvmVM -PassThru
        [object]::ReferenceEquals($passed, $vm) | Should -BeTrue
    }

    It 'does nothing to a machine that runs' {
        $vm = New-KvmVM -Code (Get-GuestCode echo) | Start-KvmVM -PassThru
        $null = Wait-KvmSerial $vm ready
        Start-KvmVM $vm
        Read-KvmSerial $vm | Should -Be 'ready'
    }

    It 'starts a machine anew after its end, with an empty console' {
        $vm = New-KvmVM -Code (Get-GuestCode hello)
        $texts = 1..2 | ForEach-Object {
            Start-KvmVM $vm
            $null = Wait-KvmVM $vm -Timeout 60
            Read-KvmSerial $vm -Raw
        }
        $texts[0] | Should -BeLike 'Hello*'
        $texts[1] | Should -BeExactly $texts[0]
    }

    It 'only says with -WhatIf what it would do' {
        $vm = New-KvmVM -Name idle -Code (Get-GuestCode spin)
        Start-KvmVM $vm -WhatIf
        $vm.State | Should -Be 'Off'
    }

    It 'tells the boot step by step: action, machine, what goes where, and how long it took' {
        $null = New-KvmDiskImage "$TestDrive/told.img" 1MB
        $vm = New-KvmVM "$PSScriptRoot/../Guests/multiboot/multiboot.elf" -Name told -MemoryBytes 64MB -Disk "$TestDrive/told.img"
        $story = (Start-KvmVM $vm -Verbose 4>&1).Message
        $story[0] | Should -BeLike "*""Start""*Virtual machine 'told' (Off)*"
        $story[1] | Should -BeLike "Build machine 'told': 1 vCPU, 65536 KiB, interrupt controllers*console on TtyS0."
        $story[2] | Should -Be "Open disk 'disk0': '$TestDrive/told.img'."
        $story[3] | Should -Match '^Load 0x[0-9a-f]+ bytes at 0x'
        $story[-3] | Should -BeLike 'Enter at 0x* in Protected mode (Multiboot*'
        $story[-2] | Should -Match '^The machine is built, its image loaded after [\d.]+ ms\.$'
        $story[-1] | Should -Match "^Started machine 'told' in [\d.]+ ms\.$"
    }

    It 'tells no plan of a machine that is on' {
        $vm = New-KvmVM -Name told -Code (Get-GuestCode spin) | Start-KvmVM -PassThru
        (Start-KvmVM $vm -Verbose 4>&1).Message | Where-Object { $_ -like 'Build machine*' } | Should -BeNullOrEmpty
    }

    It 'says that a machine was removed' {
        $vm = New-KvmVM -Code (Get-GuestCode spin)
        Remove-KvmVM $vm
        { Start-KvmVM $vm -ErrorAction Stop } | Should -Throw -ErrorId 'KvmVMRemoved,*'
    }

    It 'says that a file is gone meanwhile, and starts the next machine' {
        $copy = "$TestDrive/kernel.elf"
        [System.IO.File]::Copy("$PSScriptRoot/../Guests/multiboot/multiboot.elf", $copy)
        $gone = New-KvmVM $copy
        $good = New-KvmVM -Code (Get-GuestCode spin)
        [System.IO.File]::Delete($copy)
        $gone, $good | Start-KvmVM -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems.Count | Should -Be 1
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmFileNotFound,KvmPS.Commands.StartKvmVMCommand'
        [object]::ReferenceEquals($problems[0].TargetObject, $gone) | Should -BeTrue
        $gone.State | Should -Be 'Off'
        $good.State | Should -Be 'Running'
    }
}

Describe 'Start-KvmVM without KVM' {
    AfterEach {
        $env:KVMPS_DEVICE = $kvmDevice
        Get-KvmVM | Remove-KvmVM
    }

    It 'says that the device is missing and what to do about it' {
        $vm = New-KvmVM -Code (Get-GuestCode spin)
        $env:KVMPS_DEVICE = '/nonexistent/kvm'
        Start-KvmVM $vm -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmDeviceMissing,KvmPS.Commands.StartKvmVMCommand'
        $problems[0].CategoryInfo.Category | Should -Be 'ResourceUnavailable'
        $problems[0].ErrorDetails.RecommendedAction | Should -BeLike '*modprobe*'
        $vm.State | Should -Be 'Off'
    }

    It 'can start the machine when the device is there again' -Skip:$noKvm {
        $vm = New-KvmVM -Code (Get-GuestCode spin)
        $env:KVMPS_DEVICE = '/nonexistent/kvm'
        Start-KvmVM $vm -ErrorAction SilentlyContinue
        $env:KVMPS_DEVICE = $kvmDevice
        Start-KvmVM $vm
        $vm.State | Should -Be 'Running'
    }
}
