BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Get-KvmVcpu' {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'gets the vCPUs of a machine that is off' {
        $null = New-KvmVM -Name pair -Code (Get-GuestCode spin) -VcpuCount 2 -InterruptController
        $vcpus = Get-KvmVcpu pair
        $vcpus.Index | Should -Be 0, 1
        $vcpus.VMName | Should -Be 'pair', 'pair'
        $vcpus.State | Should -Be 'Off', 'Off'
        $vcpus.ThreadId | Should -Be 0, 0
        "$($vcpus[1])" | Should -Be 'pair/1'
    }

    It 'samples a running vCPU' -Skip:$noKvm {
        $vm = New-KvmVM -Name spinner -Code (Get-GuestCode spin) | Start-KvmVM -PassThru
        $vcpu = Get-KvmVcpu $vm
        $vcpu | Should -BeOfType ([KvmPS.KvmVcpu])
        $vcpu.State | Should -Be 'Running'
        $vcpu.ThreadId | Should -BeGreaterThan 0
        "/proc/self/task/$($vcpu.ThreadId)" | Should -Exist
        # spin loads at 0x1000 and stays within its first bytes; before its first instruction it stands at its entry too.
        $vcpu.Rip | Should -BeGreaterOrEqual 0x1000
        $vcpu.Rip | Should -BeLessThan 0x1010
    }

    It 'keeps the last registers of a machine that ended' -Skip:$noKvm {
        $vm = New-KvmVM -Code (Get-GuestCode triple) | Start-KvmVM -PassThru | Wait-KvmVM -Timeout 60
        $vcpu = Get-KvmVcpu $vm
        $vcpu.State | Should -Be 'Off'
        $vcpu.Exits | Should -Be $vm.Exits
    }

    It 'keeps its numbers live after the machine''s end' -Skip:$noKvm {
        $vm = New-KvmVM -Code (Get-GuestCode spin) | Start-KvmVM -PassThru
        $vcpu = Get-KvmVcpu $vm
        Remove-KvmVM $vm
        $vcpu.State | Should -Be 'Off'
        $vcpu.ThreadId | Should -Be 0
        $vcpu.CpuTime | Should -Be $vm.CpuTime
    }

    It 'gets the ones asked for' {
        $vm = New-KvmVM -Code (Get-GuestCode spin) -VcpuCount 4 -InterruptController
        (Get-KvmVcpu $vm -Index 3, 1).Index | Should -Be 1, 3
        (Get-KvmVcpu $vm.Name 2).Index | Should -Be 2
    }

    It 'says that there is no such vCPU' {
        $vm = New-KvmVM -Name single -Code (Get-GuestCode spin)
        Get-KvmVcpu $vm -Index 1 -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmVcpuNotFound,KvmPS.Commands.GetKvmVcpuCommand'
        [object]::ReferenceEquals($problems[0].TargetObject, $vm) | Should -BeTrue
    }

    It 'completes the numbers' {
        $null = New-KvmVM -Name pair -Code (Get-GuestCode spin) -VcpuCount 2 -InterruptController
        $line = 'Get-KvmVcpu pair -Index '
        [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches.CompletionText | Should -Be '0', '1'
    }
}
