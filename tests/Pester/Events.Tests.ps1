# Events through Register-ObjectEvent, many of them: all come, in their order. Streams end when the pipeline does.

BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll {
    . "$PSScriptRoot/Support.ps1"

    # What the session's queue holds when so many events have come, in the order of their numbers; fewer when they do not come.
    function Get-Told([int]$Count) {
        for ($i = 0; $i -lt 600 -and @(Get-Event).Count -lt $Count; $i++) { Start-Sleep -Milliseconds 100 }
        Get-Event | Sort-Object EventIdentifier | ForEach-Object { "$($_.SourceEventArgs)" }
    }
}

Describe 'Many events' -Tag FullShell -Skip:$noKvm {
    AfterEach {
        Get-EventSubscriber | Unregister-Event
        Get-Event | Remove-Event
        Get-KvmVM | Remove-KvmVM
    }

    It 'tell of 200 lives, one after the other' {
        $vm = New-KvmVM -Name cat -Code 0xf4 -MemoryBytes 1MB
        Register-ObjectEvent $vm StateChanged
        for ($life = 0; $life -lt 200; $life++) { $null = Start-KvmVM $vm -PassThru | Wait-KvmVM -Timeout 60 }
        $told = @(Get-Told 400)
        $told.Count | Should -Be 400
        for ($life = 0; $life -lt 200; $life++) { $told[2 * $life], $told[2 * $life + 1] | Should -Be 'cat: Off to Running', 'cat: Running to Off' }
    }

    It 'tell of 200 lives that were cut short' {
        $vm = New-KvmVM -Name cat -Code (Get-GuestCode spin) -MemoryBytes 1MB
        Register-ObjectEvent $vm StateChanged
        for ($life = 0; $life -lt 200; $life++) { Start-KvmVM $vm; Stop-KvmVM $vm -TurnOff }
        (Get-Told 400) -join "`n" | Should -Be ((@('cat: Off to Running', 'cat: Running to Off') * 200) -join "`n")
    }

    It 'tell of 2,000 numbered lines' {
        $vm = New-KvmVM -Name lines -Code (Get-GuestCode echo) | Start-KvmVM -PassThru
        $null = Wait-KvmSerial $vm 'ready\n'
        Register-ObjectEvent $vm SerialLine
        $lines = 1..2000 | ForEach-Object { "line $_" }
        Write-KvmSerial $vm "$($lines -join "`n")`n" -NoNewline # it echoes what it gets, and a line ends with a line feed
        $told = @(Get-Told 2000)
        $told -join "`n" | Should -Be ($lines -join "`n")
    }
}

Describe 'A stream' -Tag FullShell -Skip:$noKvm {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'of lines ends when the pipeline does' {
        $vm = New-KvmVM -Name lines -Code (Get-GuestCode echo) | Start-KvmVM -PassThru
        $vm | Read-KvmSerial -Wait | Select-Object -First 1 | Should -Be 'ready'
        $vm.State | Should -Be 'Running'
    }
}
