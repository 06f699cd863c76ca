BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Get-KvmRegister' -Skip:$noKvm {
    BeforeAll {
        $vm = New-KvmVM -Name pair -Code (Get-GuestCode spin) -VcpuCount 2 -InterruptController | Start-KvmVM -PassThru
        Suspend-KvmVM $vm
    }

    AfterAll { Get-KvmVM | Remove-KvmVM }

    It 'gets the registers of each vCPU' {
        $registers = Get-KvmRegister pair
        $registers.Count | Should -Be 2
        $registers[0] | Should -BeOfType ([KvmPS.KvmRegisters])
        $registers.Index | Should -Be 0, 1
        "$($registers[1])" | Should -Be 'pair/1'
        $registers[0].Mode | Should -Be 'Real'
        $registers[0].Rip | Should -BeOfType ([ulong])
        $registers[0].Rip | Should -Be (Get-KvmVcpu pair 0).Rip
        $registers[0].Cs.Selector | Should -Be 0
        $registers[0].Cs.Limit | Should -Be 0xffff
        $registers[0].Cr0Flags | Should -Contain 'ET'
    }

    It 'gets one vCPU' { (Get-KvmRegister $vm -Index 1).Index | Should -Be 1 }

    It 'gets registers by name, in the order in which they were named' {
        $items = Get-KvmRegister pair -Name rip, CS.BASE, al, zf -Index 0
        $items[0] | Should -BeOfType ([KvmPS.KvmRegister])
        $items.Name | Should -Be 'Rip', 'Cs.Base', 'Al', 'ZF'
        $items.Bits | Should -Be 64, 64, 8, 1
        foreach ($name in $items.VMName) { $name | Should -Be 'pair' }
        $items[0].Value | Should -Be (Get-KvmRegister pair -Index 0).Rip
    }

    It 'takes patterns, which mean no parts' {
        (Get-KvmRegister pair R1* -Index 0).Name | Should -Be 'R10', 'R11', 'R12', 'R13', 'R14', 'R15'
        (Get-KvmRegister pair gdt* -Index 0).Name | Should -Be 'Gdt.Base', 'Gdt.Limit'
        Get-KvmRegister pair nothing* | Should -BeNullOrEmpty
    }

    It 'knows the mode, and the names of the bits' {
        $long = New-KvmVM -Name long -Code 0xeb, 0xfe -CpuMode Long | Start-KvmVM -PassThru | Suspend-KvmVM -PassThru
        $registers = Get-KvmRegister $long
        $registers.Mode | Should -Be 'Long'
        $registers.Cr0Flags | Should -Be 'PE', 'ET', 'PG'
        $registers.Cr4Flags | Should -Be 'PAE'
        $registers.EferFlags | Should -Be 'LME', 'LMA'
        $registers.Cs.Description | Should -Be 'code64 RX DPL0'
    }

    It 'takes vCPUs from the pipeline' { (Get-KvmVcpu pair 1 | Get-KvmRegister -Name Rip).Index | Should -Be 1 }

    It 'keeps the registers of a machine that ended' {
        $ended = New-KvmVM -Code (Get-GuestCode triple) | Start-KvmVM -PassThru | Wait-KvmVM -Timeout 60
        $registers = Get-KvmRegister $ended
        $registers.Rip | Should -Be 0x1030
        $registers.Cr0Flags | Should -Contain 'PE'
        $registers.Cs.Selector | Should -Be 8
    }

    It 'says that a running machine has to be paused' {
        $running = New-KvmVM -Name runs -Code (Get-GuestCode spin) | Start-KvmVM -PassThru
        Get-KvmRegister $running -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmVMInvalidState,KvmPS.Commands.GetKvmRegisterCommand'
        $problems[0].ErrorDetails.RecommendedAction | Should -BeLike "*Suspend-KvmVM 'runs'*"
    }

    It 'says that a machine was never started' {
        { New-KvmVM -Name idle -Code (Get-GuestCode spin) | Get-KvmRegister -ErrorAction Stop } | Should -Throw -ErrorId 'KvmVMNeverStarted,*'
    }

    It 'says that there is no such register or vCPU' {
        { Get-KvmRegister pair -Name Raz -ErrorAction Stop } | Should -Throw -ErrorId 'KvmRegisterNotFound,*'
        { Get-KvmRegister pair -Index 2 -ErrorAction Stop } | Should -Throw -ErrorId 'KvmVcpuNotFound,*'
    }

    It 'completes the names' {
        function Complete([string]$Line) { [System.Management.Automation.CommandCompletion]::CompleteInput($Line, $Line.Length, $null).CompletionMatches.CompletionText }
        Complete 'Get-KvmRegister pair -Name cr' | Should -Be 'Cr0', 'Cr2', 'Cr3', 'Cr4', 'Cr8'
        Complete 'Get-KvmRegister pair -Name ' | Should -Contain 'Rax'
        Complete 'Get-KvmRegister pair -Name ' | Should -Not -Contain 'Eax'
        Complete 'Get-KvmRegister pair -Name ea' | Should -Be 'Eax'
    }

    It 'writes objects that are serialized whole' {
        $live = Get-KvmRegister pair -Index 0
        $copy = ConvertTo-Deserialized $live
        foreach ($property in $live.psobject.Properties) { $copy.psobject.Properties.Name | Should -Contain $property.Name }
        $copy.Cs.Limit | Should -Be $live.Cs.Limit
        $copy.Gdt.Base | Should -Be $live.Gdt.Base
        "$($copy.Cr0Flags)" | Should -Be "$($live.Cr0Flags)"
    }
}
