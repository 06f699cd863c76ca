BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Read-KvmSerial of a machine that ended' -Skip:$noKvm {
    BeforeAll {
        $vm = New-KvmVM -Name greeter -Code (Get-GuestCode hello) | Start-KvmVM -PassThru | Wait-KvmVM -Timeout 60
    }

    AfterAll { Get-KvmVM | Remove-KvmVM }

    It 'writes lines' {
        $lines = Read-KvmSerial $vm
        $lines.Count | Should -Be 4
        $lines[0] | Should -Be 'Hello from KvmPS!'
        $lines[3] | Should -Be 'Goodbye.'
    }

    It 'writes the same each time' { Read-KvmSerial $vm | Should -Be (Read-KvmSerial $vm) }
    It 'writes one string with -Raw' { Read-KvmSerial $vm -Raw | Should -BeExactly ((Read-KvmSerial $vm) -join "`n" | ForEach-Object { "$_`n" }) }
    It 'writes the last lines with -Tail' { Read-KvmSerial $vm -Tail 1 | Should -Be 'Goodbye.' }
    It 'writes nothing with -Tail 0' { Read-KvmSerial $vm -Tail 0 | Should -BeNullOrEmpty }
    It 'writes all with a longer -Tail' { (Read-KvmSerial $vm -Tail 100).Count | Should -Be 4 }
    It 'writes bytes' {
        $bytes = Read-KvmSerial $vm -AsByteStream
        $bytes | Should -BeOfType ([byte])
        $bytes.Count | Should -Be $vm.SerialBytes
        [System.Text.Encoding]::UTF8.GetString([byte[]]$bytes) | Should -BeExactly (Read-KvmSerial $vm -Raw)
    }

    It 'writes lines with their times and places with -AsObject' {
        $lines = Read-KvmSerial $vm -AsObject
        $lines | Should -BeOfType ([KvmPS.KvmSerialLine])
        $lines.Text | Should -Be (Read-KvmSerial $vm)
        "$($lines[3])" | Should -BeExactly 'Goodbye.'
        $lines[0].VMName | Should -Be 'greeter'
        $lines[0].Position | Should -Be 0
        $lines[1].Position | Should -Be "Hello from KvmPS!`n".Length
        for ($i = 1; $i -lt 4; $i++) { $lines[$i].Time | Should -BeGreaterOrEqual $lines[$i - 1].Time }
        $lines[3].Time | Should -BeLessOrEqual $vm.Uptime
    }

    It 'ends by itself with -Wait' { (Read-KvmSerial $vm -Wait).Count | Should -Be 4 }
    It 'knows -Follow' { (Read-KvmSerial $vm -Follow -Raw) | Should -BeExactly (Read-KvmSerial $vm -Raw) }
}

Describe 'Read-KvmSerial of a running machine' -Skip:$noKvm {
    BeforeEach {
        $vm = New-KvmVM -Name echo -Code (Get-GuestCode echo) | Start-KvmVM -PassThru
        $null = Wait-KvmSerial $vm ready
    }

    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'writes with -New only what is new, an unfinished line too' {
        Read-KvmSerial $vm -New | Should -Be 'ready'
        Read-KvmSerial $vm -New | Should -BeNullOrEmpty
        Write-KvmSerial $vm 'prompt> ' -NoNewline
        $null = Wait-KvmSerial $vm 'prompt> '
        Read-KvmSerial $vm -New -Raw | Should -BeExactly 'prompt> '
        Read-KvmSerial $vm | Should -Be 'ready', 'prompt> '
    }

    It 'remembers nothing of runspaces that are closed' {
        $null = Read-KvmSerial $vm -New
        foreach ($i in 1..3) {
            $other = New-TestRunspace
            try { $null = Invoke-InRunspace $other 'param($vm) Read-KvmSerial $vm -New' $vm } finally { $other.Dispose() }
        }

        $null = Read-KvmSerial $vm -New
        [KvmPS.KvmVM].GetProperty('Readers', [System.Reflection.BindingFlags]'NonPublic, Instance').GetValue($vm).Count | Should -Be 1
    }

    It 'keeps a -New of its own for each runspace' {
        Read-KvmSerial $vm -New | Should -Be 'ready'
        $other = New-TestRunspace
        try { Invoke-InRunspace $other 'param($vm) Read-KvmSerial $vm -New; Read-KvmSerial $vm -New' $vm | Should -Be 'ready' }
        finally { $other.Dispose() }
    }

    It 'loses nothing, and splits no character, when -New -Raw is called while the guest writes' {
        $null = Read-KvmSerial $vm -New
        $text = 'é世' * 500 + '<mark>'
        Write-KvmSerial $vm $text -NoNewline
        $parts = do {
            $done = (Read-KvmSerial $vm -Raw).EndsWith('<mark>')
            Read-KvmSerial $vm -New -Raw
        } until ($done)
        -join $parts | Should -BeExactly $text
    }

    It 'loses nothing, and splits no character, with -Wait -Raw' {
        $reader = [powershell]::Create((New-TestRunspace)).AddScript('Read-KvmSerial echo -Wait -Raw')
        $reading = [pscustomobject]@{ Shell = $reader; Call = $reader.BeginInvoke() }
        $text = 'é世' * 500
        Write-KvmSerial $vm $text -NoNewline
        Write-KvmSerial $vm -Byte 4
        -join (Complete-Waiting $reading) | Should -BeExactly (Read-KvmSerial $vm -Raw)
    }

    It 'follows with -Wait until the machine ends' {
        $reader = [powershell]::Create((New-TestRunspace)).AddScript('Read-KvmSerial echo -Wait')
        $reading = [pscustomobject]@{ Shell = $reader; Call = $reader.BeginInvoke() }
        Write-KvmSerial $vm 'one', 'two'
        Write-KvmSerial $vm -Byte 4
        (Complete-Waiting $reading) -join '|' | Should -BeLike 'ready|one*two*'
    }

    It 'stops following when no more is wanted' {
        Write-KvmSerial $vm 'one', 'two'
        $first = [powershell]::Create((New-TestRunspace)).AddScript('foreach ($i in 1) { Read-KvmSerial echo -Wait | ForEach-Object { $_; break } }')
        Complete-Waiting ([pscustomobject]@{ Shell = $first; Call = $first.BeginInvoke() }) | Should -Be 'ready'
    }

    It 'stops following on Ctrl+C' {
        $shell = [powershell]::Create((New-TestRunspace)).AddScript('Read-KvmSerial echo -Wait')
        $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
        $call = $shell.BeginInvoke([System.Management.Automation.PSDataCollection[psobject]]::new(), $output)
        while ($output.Count -eq 0) { [System.Threading.Thread]::Sleep(10) }
        $shell.Stop()
        { Complete-Waiting ([pscustomobject]@{ Shell = $shell; Call = $call }) } | Should -Throw
        $output | Should -Be 'ready'
        $vm.State | Should -Be 'Running'
    }

    It 'remembers with -New -Wait what was read before Ctrl+C' {
        $runspace = New-TestRunspace
        $shell = [powershell]::Create($runspace).AddScript('Read-KvmSerial echo -New -Wait')
        $output = [System.Management.Automation.PSDataCollection[psobject]]::new()
        $call = $shell.BeginInvoke([System.Management.Automation.PSDataCollection[psobject]]::new(), $output)
        while ($output.Count -eq 0) { [System.Threading.Thread]::Sleep(10) }
        $shell.Stop()
        Write-KvmSerial $vm 'after' -NoNewline
        $null = Wait-KvmSerial $vm 'after'
        try { Invoke-InRunspace $runspace 'Read-KvmSerial echo -New' | Should -Be 'after' } finally { $runspace.Dispose() }
    }

    It 'remembers with -New -Wait what was read before no more was wanted' {
        Write-KvmSerial $vm "one`ntwo`n" -NoNewline
        $null = Wait-KvmSerial $vm 'two\n'
        $runspace = New-TestRunspace
        try {
            Invoke-InRunspace $runspace 'foreach ($i in 1) { Read-KvmSerial echo -New -Wait | ForEach-Object { $_; break } }' | Should -Be 'ready'
            Invoke-InRunspace $runspace 'Read-KvmSerial echo -New' | Should -Be 'one', 'two'
        }
        finally { $runspace.Dispose() }
    }
}

Describe 'Read-KvmSerial of a long text' -Skip:$noKvm {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'keeps every byte in order, from <_>' -ForEach 'flood', 'flood-rep' {
        $vm = New-KvmVM -Code (Get-GuestCode $_) | Start-KvmVM -PassThru | Wait-KvmVM -Timeout 120
        $bytes = [byte[]](Read-KvmSerial $vm -AsByteStream)
        $bytes.Count | Should -Be 262144
        $expected = [System.IO.File]::ReadAllText("$PSScriptRoot/../Guests/$_/expected.txt")
        $hash = [System.Convert]::ToHexString([System.Security.Cryptography.SHA256]::HashData($bytes))
        $expected | Should -Match $hash
    }

    It 'says of a machine that was never started that it has no console' {
        $vm = New-KvmVM -Code (Get-GuestCode hello)
        { Read-KvmSerial $vm -ErrorAction Stop } | Should -Throw -ErrorId 'KvmVMNeverStarted,*'
    }
}
