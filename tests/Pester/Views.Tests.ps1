# How objects are shown and serialized. Formatting commands are not in the embedded engine.

BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $plain = $PSStyle.OutputRendering
    $PSStyle.OutputRendering = 'PlainText'

    # The lines of a view that are not empty, without blanks at their ends.
    function Get-View($InputObject, [string]$Format = 'Format-Table') {
        ($InputObject | & $Format | Out-String -Width 160).Split("`n").TrimEnd() | Where-Object { $_ }
    }
}

AfterAll { $PSStyle.OutputRendering = $plain }

Describe 'Views' -Tag FullShell -Skip:$noKvm {
    BeforeAll {
        $idle = New-KvmVM -Name idle -Code (Get-GuestCode spin) -MemoryBytes 512MB
        $ended = New-KvmVM -Name ended -Code (Get-GuestCode triple) -MemoryBytes 64KB | Start-KvmVM -PassThru | Wait-KvmVM -Timeout 60
        $echo = New-KvmVM -Name echo -Code (Get-GuestCode echo) | Start-KvmVM -PassThru
        $match = Wait-KvmSerial $echo 'r(?<middle>ead)y'
        $paused = New-KvmVM -Name paused -Code 0xeb, 0xfe, 0x41 -CpuMode Long | Start-KvmVM -PassThru | Suspend-KvmVM -PassThru
        $measurement = Measure-KvmVM $echo -Interval 0.05
        $result = Invoke-KvmVM -Name shot -Code (Get-GuestCode hello)
    }

    AfterAll { Get-KvmVM | Remove-KvmVM }

    It 'shows machines in a table' {
        $lines = Get-View $idle
        $lines[0] -replace '\s+', ' ' | Should -Be 'Name State vCPU Memory(M) CPU(%) Uptime Status'
        $lines[2] -replace '\s+', ' ' | Should -Be 'idle Off 1 512 0.0 00:00:00 Not started'
    }

    It 'aligns numbers to the right' {
        $lines = Get-View ($idle, $ended)
        $end = $lines[0].IndexOf('Memory(M)') + 'Memory(M)'.Length
        $lines[2].Substring(0, $end) | Should -BeLike '*512'
        $lines[3].Substring(0, $end) | Should -BeLike '*0.06'
    }

    It 'shows long uptimes in hours' {
        $long = [pscustomobject]@{ PSTypeName = 'KvmPS.KvmVM'; Name = 'old'; Uptime = [timespan]::new(4, 5, 6, 7) }
        (Get-View $long)[2] | Should -Match '\b101:06:07\b'
    }

    It 'shows a machine as a list, with what it has only' {
        $list = Get-View $ended Format-List
        $list | Should -Contain 'Fault           : ud2 at 0x1030'
        $list -join "`n" | Should -Not -Match 'Kernel|CommandLine'
        $list -join "`n" | Should -Match 'Memory +: 0.06 MiB'
    }

    It 'shows machines by name in columns' { (Get-View ($idle, $ended) Format-Wide) -replace '\s+', ' ' | Should -Be 'idle ended' }

    It 'shows a vCPU with its instruction pointer in hexadecimal' {
        $lines = Get-View (Get-KvmVcpu $ended)
        $lines[0] -replace '\s+', ' ' | Should -Be 'VM Index State RIP Thread Exits CPU'
        $lines[2] -replace '\s+', ' ' | Should -Match '^ended 0 Off 0x0000000000001030 0 1 \d+\.\d{3} s$'
    }

    It 'shows the instants of a boot with humanized times' {
        $lines = Get-View (Measure-KvmVM $ended -BootTimeline)
        $lines[0] -replace '\s+', ' ' | Should -Be 'VM Phase Time Delta Text'
        $lines[2] -replace '\s+', ' ' | Should -Match '^ended Load [\d.]+ m?s [\d.]+ m?s The machine is built, its image loaded$'
    }

    It 'shows a measurement with humanized sizes' {
        $lines = Get-View $measurement
        $lines[0] -replace '\s+', ' ' | Should -Be 'VM State Duration CPU% Exits Serial Read Written ExitCounts'
        $lines[2] -replace '\s+', ' ' | Should -Match '^echo Running [\d.]+ m?s [\d.]+ \d+ 0 B 0 B 0 B'
    }

    It 'shows registers as a debugger does' {
        $lines = ((Get-KvmRegister $paused | Out-String -Width 80) -split "`n").TrimEnd()
        $lines | Should -Contain 'paused/0: Long mode'
        $lines | Should -Contain 'R15 0000000000000000   RIP 0000000000001000'
        $lines | Should -Contain 'CS  0010 base 0000000000000000 limit ffffffff code64 RX DPL0'
        $lines | Should -Contain 'EFER 0000000000000500 LME LMA'
        (Get-View (Get-KvmRegister $paused))[2] -replace '\s+', ' ' | Should -Be 'paused 0 Long 0000000000001000 0000000000001000 0000000000000000'
        Get-View (Get-KvmRegister $paused) Format-List | Should -Contain 'Cs       : 0010 base 0000000000000000 limit ffffffff code64 RX DPL0'
    }

    It 'shows single registers as wide as they are' {
        $lines = Get-View (Get-KvmRegister $paused -Name Rip, Cs, Al, PF)
        $lines[0] -replace '\s+', ' ' | Should -Be 'VM Index Name Value'
        $lines[2..5] -replace '\s+', ' ' | Should -Be 'paused 0 Rip 0x0000000000001000', 'paused 0 Cs 0x0010', 'paused 0 Al 0x00', 'paused 0 PF 0x0'
    }

    It 'shows code with a mark at the instruction pointer' {
        $lines = Get-View (Get-KvmInstruction $paused -Count 2)
        $lines[0] -replace '\s+', ' ' | Should -Be ' Address Bytes Instruction'
        $lines[2] -replace '\s+', ' ' | Should -Be '> 0000000000001000 eb fe jmp short 0000000000001000h'
        $lines[3] | Should -Not -BeLike '*>*'
    }

    It 'shows memory as a hexadecimal dump' {
        $lines = ((Read-KvmMemory $paused 0x1000 18 | Out-String -Width 80) -split "`n").TrimEnd()
        $lines | Should -Contain '00001000  eb fe 41 00 00 00 00 00  00 00 00 00 00 00 00 00  |..A.............|'
        $lines | Should -Contain ('00001010  00 00' + ' ' * 45 + '|..|')
    }

    It 'shows a result in a table' {
        $lines = Get-View $result
        $lines[0] -replace '\s+', ' ' | Should -Be 'VM ExitReason Code Duration FirstByte LastLine'
        $lines[2] -replace '\s+', ' ' | Should -Match '^shot DebugExit 33 \d+\.\d{3} s \d+\.\d{3} s Goodbye\.$'
    }

    It 'shows a match' {
        $lines = Get-View $match
        $lines[2] -replace '\s+', ' ' | Should -Match '^echo 0 \d+\.\d{3} s r\(\?<middle>ead\)y ready$'
        Get-View $match Format-List | Should -Contain 'Captures     : 0=ready, middle=ead'
    }

    It 'shows lines with their times' {
        $lines = Get-View (Read-KvmSerial $echo -AsObject)
        $lines[0] -replace '\s+', ' ' | Should -Be 'VM Position Time Text'
        $lines[2] -replace '\s+', ' ' | Should -Match '^echo 0 \d+\.\d{3} s ready$'
    }

    It 'shows a fault with its registers' {
        $list = (Get-View $ended.Fault 'Format-List') -join "`n"
        $list | Should -Match 'InstructionPointer : 0x0000000000001030'
        $list | Should -Match 'InstructionBytes +: 0f 0b '
        $list | Should -Match 'rip +0000000000001030'
    }

    It 'shows a host as a list, and by default' {
        $list = ((Get-KvmHost | Out-String -Width 160) -split "`n").TrimEnd()
        $list | Should -Contain "DevicePath       : $kvmDevice"
        $list | Should -Contain 'Problems         : none'
    }

    It 'breaks the long lists of a host between their items' {
        $words = (Get-KvmHost | Out-String -Width 80) -split '[\s,]+'
        foreach ($feature in (Get-KvmHost).CpuFeatures) { $words | Should -Contain $feature }
        foreach ($capability in (Get-KvmHost).Capabilities.GetEnumerator()) { if ($capability.Value) { $words | Should -Contain ($capability.Key -replace '^KVM_CAP_') } }
    }

    It 'colours the state where the terminal can' {
        $PSStyle.OutputRendering = 'Ansi'
        try { $text = $echo | Format-Table | Out-String } finally { $PSStyle.OutputRendering = 'PlainText' }
        $text.Contains("$($PSStyle.Foreground.Green)Running") | Should -Be $Host.UI.SupportsVirtualTerminal
    }

    It 'shows the deserialized <Name> in the same way' -ForEach @(
        @{ Name = 'machine'; Get = { $ended } }
        @{ Name = 'vCPU'; Get = { Get-KvmVcpu $ended } }
        @{ Name = 'boot mark'; Get = { (Measure-KvmVM $ended -BootTimeline)[0] } }
        @{ Name = 'measurement'; Get = { $measurement } }
        @{ Name = 'result'; Get = { $result } }
        @{ Name = 'match'; Get = { $match } }
        @{ Name = 'registers'; Get = { Get-KvmRegister $paused } }
        @{ Name = 'register'; Get = { Get-KvmRegister $paused -Name Rip } }
        @{ Name = 'instruction'; Get = { Get-KvmInstruction $paused -Count 1 } }
        @{ Name = 'block'; Get = { Read-KvmMemory $paused 0x1000 3 } }
        @{ Name = 'host'; Get = { Get-KvmHost } }
    ) {
        $live = & $Get
        $copy = ConvertTo-Deserialized $live
        $copy.pstypenames[0] | Should -BeLike 'Deserialized.KvmPS.*'
        Get-View $copy | Should -Be (Get-View $live)
    }

    It 'shows a deserialized fault with all registers' {
        $list = (Get-View (ConvertTo-Deserialized $ended.Fault) 'Format-List') -join "`n"
        foreach ($register in $ended.Fault.Registers.Keys) { $list | Should -Match "\b$register +$($ended.Fault.Registers[$register])" }
    }

    It 'converts the <Name> to JSON at the default depth, nothing cut' -ForEach @(
        @{ Name = 'machine'; Get = { $ended } }
        @{ Name = 'vCPU'; Get = { Get-KvmVcpu $ended } }
        @{ Name = 'boot mark'; Get = { (Measure-KvmVM $ended -BootTimeline)[0] } }
        @{ Name = 'measurement'; Get = { $measurement } }
        @{ Name = 'result'; Get = { $result } }
        @{ Name = 'match'; Get = { $match } }
        @{ Name = 'registers'; Get = { Get-KvmRegister $paused } }
        @{ Name = 'register'; Get = { Get-KvmRegister $paused -Name Rip } }
        @{ Name = 'instruction'; Get = { Get-KvmInstruction $paused -Count 1 } }
        @{ Name = 'block'; Get = { Read-KvmMemory $paused 0x1000 3 } }
        @{ Name = 'host'; Get = { Get-KvmHost } }
        @{ Name = 'fault'; Get = { $ended.Fault } }
    ) {
        $json = & $Get | ConvertTo-Json -WarningVariable warnings -WarningAction SilentlyContinue
        $warnings.Count | Should -Be 0
        $json | ConvertFrom-Json | Should -Not -BeNullOrEmpty
    }

    It 'survives a CLIXML file whole' {
        $ended | Export-Clixml "$TestDrive/vm.xml"
        $copy = Import-Clixml "$TestDrive/vm.xml"
        $copy.Name | Should -Be 'ended'
        $copy.Fault.Registers['rip'] | Should -Be '0000000000001030'
        "$($copy.Id)" | Should -Be "$($ended.Id)"
    }
}

Describe 'Objects' -Skip:$noKvm {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'have raw values in their properties' {
        $vm = New-KvmVM -Code (Get-GuestCode spin) -MemoryBytes 512MB
        $vm.MemoryBytes | Should -BeOfType ([long])
        $vm.Uptime | Should -BeOfType ([timespan])
        $vm.CpuUsage | Should -BeOfType ([double])
        (Get-KvmVcpu $vm).Rip | Should -BeOfType ([ulong])
    }

    It 'survive serialization with all that they hold' {
        $vm = New-KvmVM -Name held -Code (Get-GuestCode triple) | Start-KvmVM -PassThru | Wait-KvmVM -Timeout 60
        $copy = ConvertTo-Deserialized $vm
        foreach ($property in $vm.psobject.Properties) { $copy.psobject.Properties.Name | Should -Contain $property.Name }
        $copy.Fault.Instruction | Should -Be 'ud2'
        $copy.Fault.Registers['cr0'] | Should -Be $vm.Fault.Registers['cr0']
    }
}
