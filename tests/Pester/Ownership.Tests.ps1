# A machine belongs to the runspace that made it: removing the module there ends it, and nobody else's.

BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $folder = [System.IO.Path]::GetFullPath("$PSScriptRoot/../../out/KvmPS")
    $code = Get-GuestCode spin
}

Describe 'Ownership' -Skip:$noKvm {
    BeforeEach {
        $mine = New-KvmVM -Name mine -Code $code | Start-KvmVM -PassThru
        $other = New-TestRunspace
        $theirs = Invoke-InRunspace $other 'param($code) New-KvmVM -Name theirs -Code $code | Start-KvmVM -PassThru' (, $code)
    }

    AfterEach {
        $other.Dispose()
        Get-KvmVM | Remove-KvmVM
    }

    It 'lets every runspace see and use every machine' {
        (Get-KvmVM).Name | Should -Be 'mine', 'theirs'
        (Invoke-InRunspace $other '(Get-KvmVM).Name') | Should -Be 'mine', 'theirs'
        Stop-KvmVM theirs -TurnOff
        $theirs.State | Should -Be 'Off'
    }

    It 'ends with Remove-Module the machines of that runspace, and no others' {
        $null = Invoke-InRunspace $other 'Remove-Module KvmPS'
        $theirs.State | Should -Be 'Off'
        $mine.State | Should -Be 'Running'
        (Get-KvmVM).Name | Should -Be 'mine'
    }

    It 'ends with Import-Module -Force the machines of that runspace, and no others' {
        Invoke-InRunspace $other 'param($folder) Import-Module $folder -Force; (Get-KvmVM).Name' $folder | Should -Be 'mine'
        $theirs.State | Should -Be 'Off'
        $mine.State | Should -Be 'Running'
    }

    It 'leaves machines alone when the module is only imported again' {
        Invoke-InRunspace $other 'param($folder) Import-Module $folder; (Get-KvmVM).Name' $folder | Should -Be 'mine', 'theirs'
    }

    It 'keeps the machines of a runspace that was closed, until somebody removes the module' {
        $other.Close()
        $theirs.State | Should -Be 'Running'
        $third = New-TestRunspace
        try { $null = Invoke-InRunspace $third 'Remove-Module KvmPS' } finally { $third.Dispose() }
        $theirs.State | Should -Be 'Off'
        $mine.State | Should -Be 'Running'
    }

    It 'refuses a name that another runspace has taken' {
        { Invoke-InRunspace $other 'param($code) New-KvmVM -Name MINE -Code $code' (, $code) } | Should -Throw "*machine named 'MINE' already*"
    }

    It 'works from many threads at once' -Tag FullShell {
        $guest = [System.IO.Path]::GetFullPath("$PSScriptRoot/../Guests/hello/hello.bin")
        $results = 1..8 | ForEach-Object -Parallel {
            Import-Module $using:folder
            Invoke-KvmVM -Name "parallel$_" -Code ([System.IO.File]::ReadAllBytes($using:guest))
        } -ThrottleLimit 4
        $results.Count | Should -Be 8
        $results.ExitCode | ForEach-Object { $_ | Should -Be 33 }
        (Get-KvmVM).Name | Should -Be 'mine', 'theirs'
    }

    It 'hands machines out of parallel runspaces, alive' -Tag FullShell {
        $vms = 1..2 | ForEach-Object -Parallel {
            Import-Module $using:folder
            New-KvmVM -Name "worker$_" -Code $using:code | Start-KvmVM -PassThru
        }
        $vms.State | Should -Be 'Running', 'Running'
        $vms | Stop-KvmVM -TurnOff
        $vms.State | Should -Be 'Off', 'Off'
    }
}

Describe 'The end of the process' -Skip:$noKvm -Tag FullShell {
    It 'ends machines that run, and their consoles'' files with them' {
        $log = "$TestDrive/console.log"
        $start = [System.Diagnostics.ProcessStartInfo]::new([System.Environment]::ProcessPath)
        $script = @'
            Import-Module '{0}'
            $vm = New-KvmVM -Code ([System.IO.File]::ReadAllBytes('{1}/../Guests/echo/echo.bin')) -SerialLogPath '{2}' | Start-KvmVM -PassThru
            $null = Wait-KvmSerial $vm "ready\n" -Timeout 60
            Write-KvmSerial $vm 'no end of line' -NoNewline
            $null = Wait-KvmSerial $vm 'no end of line' -Timeout 60
            "$($vm.State)"
'@ -f $folder, $PSScriptRoot, $log
        foreach ($argument in '-NoProfile', '-Command', $script) { $start.ArgumentList.Add($argument) }
        $start.RedirectStandardOutput = $true
        $process = [System.Diagnostics.Process]::Start($start)
        $process.StandardOutput.ReadToEnd().Trim() | Should -Be 'Running'
        $process.WaitForExit(60000) | Should -BeTrue
        $process.ExitCode | Should -Be 0
        # The file is written at ends of lines and at the machine's end: the rest is there because the machine was ended, not only its process.
        [System.IO.File]::ReadAllText($log) | Should -BeExactly "ready`nno end of line"
    }

    It 'by <signal> completes the files first, and the script does not go on' -ForEach @(@{ signal = 'TERM'; code = 143 }, @{ signal = 'HUP'; code = 129 }) {
        $log = "$TestDrive/$signal.log"
        $start = [System.Diagnostics.ProcessStartInfo]::new([System.Environment]::ProcessPath)
        $script = @'
            Import-Module '{0}'
            $vm = New-KvmVM -Code ([System.IO.File]::ReadAllBytes('{1}/../Guests/echo/echo.bin')) -SerialLogPath '{2}' | Start-KvmVM -PassThru
            $null = Wait-KvmSerial $vm "ready\n" -Timeout 60
            Write-KvmSerial $vm 'no end of line' -NoNewline
            $null = Wait-KvmSerial $vm 'no end of line' -Timeout 60
            [System.Console]::WriteLine($vm.State)
            Wait-KvmVM $vm -Timeout 60
            'went on'
'@ -f $folder, $PSScriptRoot, $log
        foreach ($argument in '-NoProfile', '-Command', $script) { $start.ArgumentList.Add($argument) }
        $start.RedirectStandardOutput = $true
        $process = [System.Diagnostics.Process]::Start($start)
        $process.StandardOutput.ReadLine() | Should -Be 'Running'
        [System.Diagnostics.Process]::Start('kill', "-$signal $($process.Id)").WaitForExit()
        $process.WaitForExit(60000) | Should -BeTrue
        $process.ExitCode | Should -Be $code
        $process.StandardOutput.ReadToEnd() | Should -BeExactly ''
        [System.IO.File]::ReadAllText($log) | Should -BeExactly "ready`nno end of line"
    }
}
