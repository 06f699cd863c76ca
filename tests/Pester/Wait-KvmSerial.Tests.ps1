BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Wait-KvmSerial' -Skip:$noKvm {
    BeforeEach { $vm = New-KvmVM -Name echo -Code (Get-GuestCode echo) | Start-KvmVM -PassThru }
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'returns what matched, with captures and the text before' {
        $null = Wait-KvmSerial $vm "ready\n"
        Write-KvmSerial $vm 'user=root uid=0;'
        $watch = [System.Diagnostics.Stopwatch]::StartNew()
        $match = Wait-KvmSerial $vm 'uid=(?<uid>\d)(;)'
        $watch.Stop()
        $match | Should -BeOfType ([KvmPS.KvmSerialMatch])
        $match.VMName | Should -Be 'echo'
        $match.Value | Should -BeExactly 'uid=0;'
        $match.Captures['uid'] | Should -Be '0'
        $match.Captures['1'] | Should -Be ';'
        $match.Captures['0'] | Should -Be $match.Value
        $match.TextBefore | Should -BeExactly 'user=root '
        $match.Position | Should -BeGreaterThan 0
        $match.Elapsed | Should -BeGreaterThan ([timespan]::Zero)
        $match.Elapsed | Should -BeLessThan $watch.Elapsed
        "$match" | Should -BeExactly $match.Value
    }

    It 'tells which of several patterns it was' {
        $match = Wait-KvmSerial $vm 'login:', 'read[xy]'
        $match.PatternIndex | Should -Be 1
        $match.Pattern | Should -Be 'read[xy]'
    }

    It 'matches nothing twice, and misses nothing that came early' {
        $null = Wait-KvmSerial $vm "ready\n"
        Write-KvmSerial $vm 'a1 a2 a3 end'
        # All has come before the first of these waits.
        while (-not ((Read-KvmSerial $vm -Raw) -match 'end')) { [System.Threading.Thread]::Sleep(5) }
        (1..3 | ForEach-Object { Wait-KvmSerial $vm 'a\d' }).Value | Should -Be 'a1', 'a2', 'a3'
        Wait-KvmSerial $vm 'a\d' -Timeout 0.05 -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        (Wait-KvmSerial $vm 'end').TextBefore | Should -BeExactly ' '
    }

    It 'finds text that came before the machine''s end, after the end' {
        $ended = New-KvmVM -Code (Get-GuestCode hello) | Start-KvmVM -PassThru | Wait-KvmVM -Timeout 60
        (Wait-KvmSerial $ended 'Goodbye').Value | Should -Be 'Goodbye'
    }

    It 'has made readable what it matched' {
        $null = Wait-KvmSerial $vm "ready\n"
        1..50 | ForEach-Object {
            Write-KvmSerial $vm "line$_;" -NoNewline
            $null = Wait-KvmSerial $vm "line$_;"
            Read-KvmSerial $vm -Raw | Should -BeLike "*line$_;"
        }
    }

    It 'begins anew with each start' {
        $null = Wait-KvmSerial $vm ready
        Stop-KvmVM $vm -TurnOff
        Start-KvmVM $vm
        (Wait-KvmSerial $vm ready).Value | Should -Be 'ready'
    }

    It 'keeps a place of its own for each runspace' {
        $null = Wait-KvmSerial $vm ready
        $other = New-TestRunspace
        try { (Invoke-InRunspace $other 'Wait-KvmSerial echo ready').Value | Should -Be 'ready' }
        finally { $other.Dispose() }
    }

    It 'fails at once on a failure pattern' {
        $null = Wait-KvmSerial $vm "ready\n"
        Write-KvmSerial $vm 'segfault then done'
        Wait-KvmSerial $vm 'done' -FailurePattern 's\wgfault' -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmSerialFailurePattern,KvmPS.Commands.WaitKvmSerialCommand'
        "$($problems[0])" | Should -BeLike "*'segfault'*"
        (Wait-KvmSerial $vm 'done').Value | Should -Be 'done'
    }

    It 'fails on the line of a broken kernel, and says which' {
        $null = Wait-KvmSerial $vm "ready\n"
        Write-KvmSerial $vm "[    1.000000] BUG: kernel NULL pointer dereference`nlogin: "
        Wait-KvmSerial $vm 'login: ' -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmSerialFailurePattern,KvmPS.Commands.WaitKvmSerialCommand'
        "$($problems[0])" | Should -BeExactly "Machine 'echo' wrote '[    1.000000] BUG: kernel NULL pointer dereference', which matches the default failure pattern 'BUG'."
        $problems[0].ErrorDetails.RecommendedAction | Should -BeLike '*-NoDefaultFailurePattern'
        (Wait-KvmSerial $vm 'login: ').TextBefore | Should -BeExactly "`n"
    }

    It 'lets such a line pass with -NoDefaultFailurePattern' {
        $null = Wait-KvmSerial $vm "ready\n"
        Write-KvmSerial $vm "[    1.000000] Oops: 0002 [#1] SMP`nlogin: "
        (Wait-KvmSerial $vm 'login: ' -NoDefaultFailurePattern).TextBefore | Should -BeLike '*Oops: 0002*'
    }

    It 'finds such a line for those who wait for it' {
        $null = Wait-KvmSerial $vm "ready\n"
        Write-KvmSerial $vm "[    1.000000] Oops: 0002 [#1] SMP`n[    1.000000] kernel BUG at mm/slub.c:305!`n"
        (Wait-KvmSerial $vm 'never', 'Oops: \d+').Pattern | Should -Be 'Oops: \d+'
        Wait-KvmSerial $vm 'never' -FailurePattern 'slub.c:(\d+)' -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        "$($problems[0])" | Should -BeExactly "Machine 'echo' wrote 'slub.c:305', which matches the failure pattern 'slub.c:(\d+)'."
    }

    It 'tells of a panic as of one, before the machine''s end too' {
        $null = Wait-KvmSerial $vm "ready\n"
        Write-KvmSerial $vm "Kernel panic - not syncing: no end`n"
        Wait-KvmSerial $vm 'never' -Timeout 0.5 -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmGuestPanic,KvmPS.Commands.WaitKvmSerialCommand'
        "$($problems[0])" | Should -BeLike "*'Kernel panic - not syncing: no end', which matches the default failure pattern 'Kernel panic'."
        $vm.State | Should -Be 'Running'
    }

    It 'tells of a panic that ended the machine how it ended' {
        $null = Wait-KvmSerial $vm "ready\n"
        Write-KvmSerial $vm "Kernel panic - not syncing: over`n---[ end Kernel panic"
        Wait-KvmSerial $vm 'never' -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmGuestPanic,KvmPS.Commands.WaitKvmSerialCommand'
        $problems[0].Exception.Exit.Reason | Should -Be 'GuestPanic'
        "$($problems[0])" | Should -BeLike "*default failure pattern 'Kernel panic'*"
    }

    It 'loses nothing of what comes just before the end, 200 times' {
        # Writes 'last' and ends the machine by its debug-exit port with the next instruction.
        [byte[]]$code = 0xba, 0xf8, 0x03
        foreach ($letter in 'last'.ToCharArray()) { $code += 0xb0, [byte]$letter, 0xee }
        $code += 0xe6, 0xf4
        $brief = New-KvmVM -Name brief -Code $code
        $lost = foreach ($run in 1..200) {
            Start-KvmVM $brief
            $match = Wait-KvmSerial $brief 'last'
            if ($match.Position -ne 0 -or (Read-KvmSerial $brief -Raw) -ne 'last') { $run }
            $null = Wait-KvmVM $brief # else the next start may find it running still
        }
        $lost | Should -BeNullOrEmpty
    }

    It 'ends with an error when the time is over; its record carries the console' {
        $null = Wait-KvmSerial $vm "ready\n"
        Wait-KvmSerial $vm 'never' -Timeout 0.05 -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmSerialTimeout,KvmPS.Commands.WaitKvmSerialCommand'
        $problems[0].CategoryInfo.Category | Should -Be 'OperationTimeout'
        [object]::ReferenceEquals($problems[0].TargetObject, $vm) | Should -BeTrue
        $problems[0].Exception.ConsoleTail | Should -Be 'ready'
        $vm.State | Should -Be 'Running'
    }

    It 'ends with an error when the machine ends, and names the reason' {
        $null = Wait-KvmSerial $vm "ready\n"
        $waiting = Start-Waiting 'try { Wait-KvmSerial echo never -Timeout -1 -ErrorAction Stop } catch { $_ }'
        Write-KvmSerial $vm 'last words' -Byte 4
        $problem = Complete-Waiting $waiting
        $problem.FullyQualifiedErrorId | Should -Be 'KvmVMEnded,KvmPS.Commands.WaitKvmSerialCommand'
        $problem.Exception.Exit.Reason | Should -Be 'DebugExit'
        "$($problem.Exception.ConsoleTail)" | Should -BeLike '*last words*'
    }

    It 'ends with an error that carries the fault: instruction, registers' {
        $broken = New-KvmVM -Code (Get-GuestCode triple) | Start-KvmVM -PassThru
        Wait-KvmSerial $broken never -Timeout 60 -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmTripleFault,KvmPS.Commands.WaitKvmSerialCommand'
        $problems[0].Exception.Exit.Fault.Instruction | Should -Be 'ud2'
        $problems[0].Exception.Exit.Fault.Registers['rip'] | Should -Be '0000000000001030'
    }

    It 'ends with an error when the machine is removed meanwhile' {
        $null = Wait-KvmSerial $vm "ready\n"
        $waiting = Start-Waiting 'param($vm) try { Wait-KvmSerial $vm never -Timeout -1 -ErrorAction Stop } catch { $_.FullyQualifiedErrorId }' $vm
        Remove-KvmVM $vm
        Complete-Waiting $waiting | Should -Be 'KvmVMRemoved,KvmPS.Commands.WaitKvmSerialCommand'
    }

    It 'shows progress, and ends at once on Ctrl+C' {
        $waiting = Start-Waiting 'Wait-KvmSerial echo never -Timeout -1'
        $waiting.Progress | Should -BeGreaterThan 0
        $waiting.Shell.Stop()
        { Complete-Waiting $waiting } | Should -Throw
        $waiting.Shell.InvocationStateInfo.State | Should -Be 'Stopped'
        $vm.State | Should -Be 'Running'
    }

    It 'refuses what is no regular expression' {
        { Wait-KvmSerial $vm '(' -ErrorAction Stop } | Should -Throw -ErrorId 'KvmInvalidPattern,*'
    }

    It 'refuses no pattern at all' {
        { Wait-KvmSerial -VM $vm -Pattern @() } | Should -Throw -ErrorId 'ParameterArgumentValidationError*'
    }

    It 'says of a machine that was never started that it has no console' {
        $still = New-KvmVM -Code (Get-GuestCode hello)
        { Wait-KvmSerial $still x -ErrorAction Stop } | Should -Throw -ErrorId 'KvmVMNeverStarted,*'
    }
}
