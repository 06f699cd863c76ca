BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $code = Get-GuestCode spin
}

Describe 'Get-KvmVM' {
    BeforeAll {
        $web1 = New-KvmVM -Name web1 -Code $code
        $web2 = New-KvmVM -Name web2 -Code $code
        $db = New-KvmVM -Name db -Code $code
    }

    AfterAll { Get-KvmVM | Remove-KvmVM }

    It 'gets all machines, the oldest first' { (Get-KvmVM).Name | Should -Be 'web1', 'web2', 'db' }
    It 'gets one by name, whatever its case' { [object]::ReferenceEquals((Get-KvmVM WEB2), $web2) | Should -BeTrue }
    It 'gets several by pattern' { (Get-KvmVM web*).Name | Should -Be 'web1', 'web2' }
    It 'gets nothing for a pattern that nothing matches' {
        Get-KvmVM 'x*' -ErrorVariable problems | Should -BeNullOrEmpty
        $problems.Count | Should -Be 0
    }

    It 'says that a name is not there, and goes on' {
        $found = 'web1', 'nope', 'db' | Get-KvmVM -ErrorVariable problems -ErrorAction SilentlyContinue
        $found.Name | Should -Be 'web1', 'db'
        $problems.Count | Should -Be 1
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmVMNotFound,KvmPS.Commands.GetKvmVMCommand'
        $problems[0].CategoryInfo.Category | Should -Be 'ObjectNotFound'
        $problems[0].TargetObject | Should -Be 'nope'
        $problems[0].ErrorDetails.RecommendedAction | Should -BeLike '*Get-KvmVM*'
    }

    It 'gets one by id' { (Get-KvmVM -Id $db.Id).Name | Should -Be 'db' }
    It 'says that an id is not there' { { Get-KvmVM -Id ([guid]::Empty) -ErrorAction Stop } | Should -Throw -ErrorId 'KvmVMNotFound,*' }
    It 'completes names' {
        $line = 'Get-KvmVM we'
        $completions = [System.Management.Automation.CommandCompletion]::CompleteInput($line, $line.Length, $null).CompletionMatches
        $completions.CompletionText | Should -Be 'web1', 'web2'
        $completions[0].ToolTip | Should -BeLike '*Off*'
    }
}

Describe 'A live machine' {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'answers every property, never started' {
        $vm = New-KvmVM -Name still -Code $code
        foreach ($property in $vm.psobject.Properties) { { $property.Value } | Should -Not -Throw }
        $vm.Status | Should -Be 'Not started'
        $vm.Uptime | Should -Be ([timespan]::Zero)
        $vm.SerialBytes | Should -Be 0
        $vm.TimeToFirstByte | Should -BeNullOrEmpty
        $vm.ExitReason | Should -Be 'None'
    }

    It 'tells what is so now, from its start to its removal' -Skip:$noKvm {
        $vm = New-KvmVM -Name live -Code $code
        Start-KvmVM $vm
        $vm.State | Should -Be 'Running'
        $vm.Status | Should -Be 'Operating normally'
        Stop-KvmVM $vm -TurnOff
        $vm.State | Should -Be 'Off'
        $vm.ExitReason | Should -Be 'TurnedOff'
        $uptime = $vm.Uptime
        $uptime | Should -BeGreaterThan ([timespan]::Zero)
        Remove-KvmVM $vm
        foreach ($property in $vm.psobject.Properties) { { $property.Value } | Should -Not -Throw }
        $vm.Uptime | Should -Be $uptime
    }

    It 'answers other threads while it starts and ends over and over' -Skip:$noKvm {
        $vm = New-KvmVM -Name busy -Code (Get-GuestCode hello)
        $readers = 1..2 | ForEach-Object {
            $shell = [powershell]::Create((New-TestRunspace)).AddScript('param($vm) $reads = 0; while ($vm.Name -and -not $vm.CommandLine -and (Get-KvmVM busy -ErrorAction Ignore)) { foreach ($property in $vm.psobject.Properties) { $null = $property.Value }; $reads++ }; $reads').AddArgument($vm)
            [pscustomobject]@{ Shell = $shell; Call = $shell.BeginInvoke() }
        }
        1..20 | ForEach-Object { Start-KvmVM $vm; $null = Wait-KvmVM $vm -Timeout 60 }
        Remove-KvmVM $vm
        foreach ($reader in $readers) {
            (Complete-Waiting $reader)[0] | Should -BeGreaterThan 0
            $reader.Shell.Streams.Error | Should -BeNullOrEmpty
        }
    }

    It 'keeps what went to the debug console and to the diagnostic port' -Skip:$noKvm {
        # mov al,'B'; out 0x80,al; out 0xe9,al; mov al,'C'; out 0x80,al; out 0xe9,al; hlt
        $vm = New-KvmVM -Code ([byte[]](0xb0, 0x42, 0xe6, 0x80, 0xe6, 0xe9, 0xb0, 0x43, 0xe6, 0x80, 0xe6, 0xe9, 0xf4))
        $vm.DebugConsoleText | Should -BeExactly ''
        $vm.PostCodes.Count | Should -Be 0
        Start-KvmVM $vm
        $null = Wait-KvmVM $vm -Timeout 60
        $vm.DebugConsoleText | Should -BeExactly 'BC'
        $vm.PostCodes.Code | Should -Be 0x42, 0x43
        $vm.PostCodes[1].Time | Should -BeGreaterOrEqual $vm.PostCodes[0].Time
        $vm.SerialBytes | Should -Be 0
    }
}
