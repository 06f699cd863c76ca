BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll { . "$PSScriptRoot/Support.ps1" }

Describe 'Restart-KvmVM' -Skip:$noKvm {
    BeforeEach {
        $vm = New-KvmVM -Name target -Code (Get-GuestCode keys) | Start-KvmVM -PassThru
        $null = Wait-KvmSerial $vm 'run 1\n'
    }
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'begins anew with empty memory, on the same console, and is silent' {
        Restart-KvmVM $vm | Should -BeNullOrEmpty
        $null = Wait-KvmSerial $vm 'run 1\n'
        $vm.State | Should -Be 'Running'
        $vm.ResetCount | Should -Be 1
        (Read-KvmSerial $vm) -join ',' | Should -Be 'ready,run 1,ready,run 1'
    }

    It 'restarts a machine that is suspended' {
        Suspend-KvmVM $vm
        Restart-KvmVM $vm
        $vm.State | Should -Be 'Running'
    }

    It 'refuses a machine that is off, and says what to type' {
        Stop-KvmVM $vm -TurnOff
        Restart-KvmVM $vm -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmVMInvalidState,KvmPS.Commands.RestartKvmVMCommand'
        $problems[0].ErrorDetails.RecommendedAction | Should -BeLike '*Start-KvmVM*'
        $vm.State | Should -Be 'Off'
    }

    It 'says with -Graceful that the guest does not listen, and lets it run' {
        Restart-KvmVM $vm -Graceful -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmNoPowerButton,KvmPS.Commands.RestartKvmVMCommand'
        $vm.ResetCount | Should -Be 0
        $vm.State | Should -Be 'Running'
    }

    It 'resets it with -Graceful -Force all the same' {
        Restart-KvmVM $vm -Graceful -Force
        $vm.ResetCount | Should -Be 1
    }

    It 'writes the machine with -PassThru, and only says with -WhatIf what it would do' {
        (Restart-KvmVM $vm -PassThru).Name | Should -Be 'target'
        Restart-KvmVM $vm -WhatIf
        $vm.ResetCount | Should -Be 1
    }

    It 'works as a job' {
        $job = Restart-KvmVM $vm -AsJob -PassThru
        $output = $job | Receive-Job -Wait -AutoRemoveJob
        [object]::ReferenceEquals($output, $vm) | Should -BeTrue
        $vm.ResetCount | Should -Be 1
    }
}

Describe 'Restart-KvmVM -Graceful and a guest with a power button' -Skip:$noKvm {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'begins anew when the guest has switched itself off' {
        $vm = New-KvmVM -Code (Get-GuestCode power-button) -InterruptController | Start-KvmVM -PassThru
        $null = Wait-KvmSerial $vm 'ready\n'
        Restart-KvmVM $vm -Graceful -Timeout 60
        $null = Wait-KvmSerial $vm 'power button\n[^!]*ready\n'
        $vm.State, $vm.ResetCount | Should -Be 'Running', 1
    }

    It 'gives up on one that heeds no button, which goes on, or pulls the reset line with -Force' {
        $vm = New-KvmVM -Name deaf -Code $deafCode -InterruptController | Start-KvmVM -PassThru
        $null = Wait-KvmSerial $vm A
        Restart-KvmVM $vm -Graceful -Timeout 0.2 -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmStopTimeout,KvmPS.Commands.RestartKvmVMCommand'
        $problems[0].Exception.ConsoleTail | Should -Be 'A'
        $vm.State, $vm.ResetCount | Should -Be 'Running', 0
        Restart-KvmVM $vm -Graceful -Timeout 0.2 -Force
        $vm.State, $vm.ResetCount | Should -Be 'Running', 1
    }
}

Describe 'Resets and panics of the guest' -Skip:$noKvm {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'begins anew with -OnReset Restart' {
        $vm = New-KvmVM -Code (Get-GuestCode keys) -OnReset Restart | Start-KvmVM -PassThru
        $null = Wait-KvmSerial $vm 'run 1\n'
        Write-KvmSerial $vm r -NoNewline
        $null = Wait-KvmSerial $vm 'run 1\n'
        $vm.State, $vm.ResetCount | Should -Be 'Running', 1
        Write-KvmSerial $vm q -NoNewline
        (Wait-KvmVM $vm).ExitReason | Should -Be 'DebugExit'
    }

    It 'holds the machine with -OnPanic Pause, and ends waits with the panic' {
        $vm = New-KvmVM -Code (Get-GuestCode keys) -OnPanic Pause | Start-KvmVM -PassThru
        $null = Wait-KvmSerial $vm 'run 1\n'
        Write-KvmSerial $vm p -NoNewline
        Wait-KvmVM $vm -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmGuestPanic,KvmPS.Commands.WaitKvmVMCommand'
        $vm.State, $vm.Status | Should -Be 'Paused', 'Guest panicked'
        $vm.PanicMessage | Should -Be 'Kernel panic - not syncing: as you wish'
    }
}

Describe 'Readiness' -Skip:$noKvm {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'ends the wait for it' {
        $vm = New-KvmVM -Code (Get-GuestCode keys) | Start-KvmVM -PassThru
        $null = Wait-KvmSerial $vm 'run 1\n'
        Write-KvmSerial $vm y -NoNewline
        [object]::ReferenceEquals((Wait-KvmVM $vm -For Ready), $vm) | Should -BeTrue
        $vm.ReadyCode | Should -Be 7
        $vm.TimeToReady | Should -BeGreaterThan $vm.TimeToFirstByte
    }

    It 'is an error when the machine ends without it' {
        $vm = New-KvmVM -Code (Get-GuestCode halt) | Start-KvmVM -PassThru
        Wait-KvmVM $vm -For Ready -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmVMEnded,KvmPS.Commands.WaitKvmVMCommand'
    }

    It 'is an error when it does not come in time' {
        $vm = New-KvmVM -Code (Get-GuestCode keys) | Start-KvmVM -PassThru
        Wait-KvmVM $vm -For Ready -Timeout 0.2 -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmWaitTimeout,KvmPS.Commands.WaitKvmVMCommand'
        $vm.State | Should -Be 'Running'
    }
}

Describe 'Events' -Skip:$noKvm -Tag FullShell {
    AfterEach {
        Get-EventSubscriber | Unregister-Event
        Get-Event | Remove-Event
        Get-KvmVM | Remove-KvmVM
    }

    It 'wait in the queue of the session, numbered in their order' {
        $vm = New-KvmVM -Name letter -Code 0xba, 0xf8, 0x03, 0xb0, 0x41, 0xee, 0xb0, 0x0a, 0xee, 0xba, 0x80, 0x06, 0xb0, 0x07, 0xee, 0xf4
        foreach ($name in 'StateChanged', 'SerialLine', 'GuestReady') { Register-ObjectEvent $vm $name -SourceIdentifier $name }
        Start-KvmVM $vm
        for ($i = 0; $i -lt 600 -and @(Get-Event).Count -lt 4; $i++) { Start-Sleep -Milliseconds 100 }
        $told = Get-Event | Sort-Object EventIdentifier | ForEach-Object { "$($_.SourceEventArgs)" }
        $told -join ', ' | Should -Be 'letter: Off to Running, A, letter: ready (7), letter: Running to Off'
    }

    It 'have views of their own' {
        $vm = New-KvmVM -Name letter -Code (Get-GuestCode halt)
        Register-ObjectEvent $vm StateChanged
        $null = Start-KvmVM $vm -PassThru | Wait-KvmVM
        for ($i = 0; $i -lt 600 -and @(Get-Event).Count -lt 2; $i++) { Start-Sleep -Milliseconds 100 }
        $changes = Get-Event | Sort-Object EventIdentifier | ForEach-Object SourceEventArgs
        $lines = ($changes | Format-Table | Out-String -Width 80).Split("`n").TrimEnd() | Where-Object { $_ }
        $lines -replace '\s+', ' ' | Select-Object -Skip 2 | Should -Be 'letter Off Running', 'letter Running Off Halted'
    }

    It 'have no runspace for a script block without Register-ObjectEvent, and say so' {
        $vm = New-KvmVM -Code (Get-GuestCode halt)
        $vm.add_StateChanged({ 'never' })
        $null = Start-KvmVM $vm -PassThru | Wait-KvmVM
        for ($i = 0; $i -lt 600 -and -not $vm.EventError; $i++) { Start-Sleep -Milliseconds 100 }
        $vm.EventError | Should -BeLike '*no Runspace*'
    }

    It 'come in order through Register-ObjectEvent' {
        $vm = New-KvmVM -Name eventful -Code (Get-GuestCode keys)
        $told = [System.Collections.Concurrent.ConcurrentDictionary[int, string]]::new() # by number: PowerShell hands each event to a thread of its own
        $null = Register-ObjectEvent $vm StateChanged -MessageData $told -Action { $Event.MessageData[$Event.EventIdentifier] = "$($EventArgs.PreviousState) to $($EventArgs.State)" }
        $null = Register-ObjectEvent $vm SerialLine -MessageData $told -Action { $Event.MessageData[$Event.EventIdentifier] = ">$($EventArgs.Text)" }
        $null = Register-ObjectEvent $vm GuestReady -MessageData $told -Action { $Event.MessageData[$Event.EventIdentifier] = "ready with $($EventArgs.Code)" }
        Start-KvmVM $vm
        $null = Wait-KvmSerial $vm 'run 1\n'
        Write-KvmSerial $vm yq -NoNewline
        $null = Wait-KvmVM $vm
        for ($i = 0; $i -lt 600 -and $told.Count -lt 5; $i++) { Start-Sleep -Milliseconds 100 }
        ($told.Keys | Sort-Object | ForEach-Object { $told[$_] }) -join ',' | Should -Be 'Off to Running,>ready,>run 1,ready with 7,Running to Off'
        $vm.EventError | Should -BeNullOrEmpty
    }
}
