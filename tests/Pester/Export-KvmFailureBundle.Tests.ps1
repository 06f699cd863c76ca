BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    function Read-Json([string]$Path) { , [System.Text.Json.Nodes.JsonNode]::Parse([System.IO.File]::ReadAllText($Path)) }
}

Describe 'Export-KvmFailureBundle' {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'has everything of a machine that ended with a triple fault' -Skip:$noKvm {
        $vm = New-KvmVM -Name broken -Code (Get-GuestCode triple) | Start-KvmVM -PassThru
        $null = Wait-KvmVM $vm -Timeout 60 -ErrorAction SilentlyContinue
        $files = Export-KvmFailureBundle $vm "$TestDrive/failed" -PassThru -InformationVariable lines 6>$null
        $files.Name | Should -Be 'console.log', 'state.json', 'registers.json', 'boot-plan.json', 'disks.json', 'machine.json'
        "$lines" | Should -BeLike "*``[``[ATTACHMENT|$TestDrive/failed/broken/console.log``]``]*"

        $folder = "$TestDrive/failed/broken"
        [System.IO.File]::ReadAllText("$folder/console.log") | Should -BeExactly "$(Read-KvmSerial $vm -Raw)"
        $state = Read-Json "$folder/state.json"
        [string]$state['ExitReason'] | Should -Be 'TripleFault'
        [string]$state['Fault']['Instruction'] | Should -Be $vm.Fault.Instruction
        $registers = Read-Json "$folder/registers.json"
        $registers.Count | Should -Be 1
        [string]$registers[0]['Rip'] | Should -Be ('0x{0:x}' -f (Get-KvmRegister $vm).Rip)
        (Read-Json "$folder/boot-plan.json")['LoadRanges'].Count | Should -BeGreaterThan 0
        (Import-KvmVM "$folder/machine.json" -Name copy).MemoryBytes | Should -Be $vm.MemoryBytes
    }

    It 'lets a machine that runs go on' -Skip:$noKvm {
        $vm = New-KvmVM -Name spinner -Code (Get-GuestCode spin) | Start-KvmVM -PassThru
        Export-KvmFailureBundle spinner $TestDrive 6>$null | Should -BeNullOrEmpty
        "$TestDrive/spinner/registers.json" | Should -Exist
        $vm.State | Should -Be 'Running'
    }

    It 'tells what is missing of a machine that never ran' {
        $null = New-KvmVM -Name idle -Code 0xf4
        (Export-KvmFailureBundle idle $TestDrive -PassThru 6>$null).Name | Should -Be 'state.json', 'boot-plan.json', 'disks.json', 'machine.json', 'missing.txt'
        [System.IO.File]::ReadAllText("$TestDrive/idle/missing.txt") | Should -Match '(?s)console\.log: .*KvmVMNeverStarted.*registers\.json: .*KvmVMNeverStarted'
    }

    It 'keeps what is there' {
        $null = New-KvmVM -Name twice -Code 0xf4
        Export-KvmFailureBundle twice $TestDrive 6>$null
        Export-KvmFailureBundle twice $TestDrive 6>$null
        "$TestDrive/twice-2/state.json" | Should -Exist
    }

    It 'writes nothing with -WhatIf' {
        $null = New-KvmVM -Name none -Code 0xf4
        Export-KvmFailureBundle none "$TestDrive/none" -WhatIf
        "$TestDrive/none" | Should -Not -Exist
    }
}
