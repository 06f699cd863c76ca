# -AsJob: real jobs, for PowerShell's own job cmdlets.

BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $folder = [System.IO.Path]::GetFullPath("$PSScriptRoot/../../out/KvmPS")
    $spin = Get-GuestCode spin
}

Describe '-AsJob' -Skip:$noKvm {
    AfterEach {
        Get-Job | Remove-Job -Force
        Get-KvmVM | Remove-KvmVM
    }

    It 'returns a job at once, which PowerShell finds and describes' {
        $vm = New-KvmVM -Name endless -Code $spin | Start-KvmVM -PassThru
        $job = Wait-KvmVM $vm -AsJob -Timeout -1
        $job -is [System.Management.Automation.Job2] | Should -BeTrue
        $job.State | Should -Be 'Running'
        $job.Name | Should -Be "Job$($job.Id)"
        $job.PSJobTypeName | Should -Be 'KvmJob'
        $job.Location | Should -Be 'endless'
        $job.StatusMessage | Should -Be $vm.Status
        $job.Command | Should -Be 'Wait-KvmVM $vm -AsJob -Timeout -1'
        $job.HasMoreData | Should -BeTrue
        $job.ChildJobs.Count | Should -Be 0
        $found = @(Get-Job), (Get-Job $job.Id), (Get-Job -Name 'Job*'), (Get-Job -InstanceId $job.InstanceId), (Get-Job -State Running), (Get-Job -Command 'Wait-Kvm*'), (Get-Job -Filter @{ Location = 'endless' })
        foreach ($answer in $found) { [object]::ReferenceEquals(@($answer)[0], $job) | Should -BeTrue }
        @(Get-Job -State Completed).Count | Should -Be 0
    }

    It 'starts a machine: silent, or with -PassThru the live machine itself' {
        $vm = New-KvmVM -Code $spin
        Start-KvmVM $vm -AsJob | Receive-Job -Wait | Should -BeNullOrEmpty
        $vm.State | Should -Be 'Running'
        $job = Start-KvmVM $vm -AsJob -PassThru | Wait-Job
        $job.State | Should -Be 'Completed'
        foreach ($round in 1, 2) { [object]::ReferenceEquals((Receive-Job $job -Keep), $vm) | Should -BeTrue }
        $job.HasMoreData | Should -BeTrue
        [object]::ReferenceEquals((Receive-Job $job), $vm) | Should -BeTrue
        $job.HasMoreData | Should -BeFalse
        Receive-Job $job | Should -BeNullOrEmpty
    }

    It 'stops a machine' {
        $vm = New-KvmVM -Code $spin | Start-KvmVM -PassThru
        $output = Stop-KvmVM $vm -TurnOff -AsJob -PassThru | Receive-Job -Wait -AutoRemoveJob
        [object]::ReferenceEquals($output, $vm) | Should -BeTrue
        $vm.State | Should -Be 'Off'
        @(Get-Job).Count | Should -Be 0
    }

    It 'waits for a machine' {
        $vm = New-KvmVM -Code $spin
        $running = Wait-KvmVM $vm -For Running -AsJob
        Start-KvmVM $vm
        (Receive-Job $running -Wait).State | Should -Be 'Running'
        $off = Wait-KvmVM $vm -AsJob
        Stop-KvmVM $vm -TurnOff
        (Receive-Job $off -Wait).ExitReason | Should -Be 'TurnedOff'
    }

    It 'runs a machine from start to end, several at a time' {
        $jobs = 1..4 | ForEach-Object { Invoke-KvmVM -Name "once$_" -Code (Get-GuestCode hello) -AsJob }
        $results = $jobs | Receive-Job -Wait
        $results | ForEach-Object { $_ | Should -BeOfType ([KvmPS.KvmRunResult]) }
        @($results.VMName | ForEach-Object { $_ }).Count | Should -Be 4
        $results.ExitCode | ForEach-Object { $_ | Should -Be 33 }
        $jobs.State | ForEach-Object { $_ | Should -Be 'Completed' }
        (Get-KvmVM).Count | Should -Be 0
    }

    It 'takes the name of a machine to come, so that the next of that name fails at once' {
        $job = Invoke-KvmVM -Name taken -Code $spin -Timeout -1 -AsJob
        (Get-KvmVM taken).Name | Should -Be 'taken'
        { Invoke-KvmVM -Name taken -Code $spin -AsJob -ErrorAction Stop } | Should -Throw -ErrorId 'KvmVMAlreadyExists,*'
        @(Get-Job).Count | Should -Be 1
    }

    It 'makes a job for each machine, and none for a name that is not there' {
        $null = New-KvmVM -Name a -Code $spin
        $null = New-KvmVM -Name b -Code $spin
        $jobs = Start-KvmVM a, nope, b -AsJob -PassThru -ErrorVariable problems -ErrorAction SilentlyContinue
        $jobs.Location | Should -Be 'a', 'b'
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmVMNotFound,KvmPS.Commands.StartKvmVMCommand'
        @(($jobs | Receive-Job -Wait).State) | Should -Be 'Running', 'Running'
    }

    It 'makes no job with -WhatIf' {
        $vm = New-KvmVM -Name idle -Code $spin
        Start-KvmVM $vm -AsJob -WhatIf | Should -BeNullOrEmpty
        Stop-KvmVM $vm -AsJob -WhatIf | Should -BeNullOrEmpty
        Invoke-KvmVM -Code $spin -AsJob -WhatIf | Should -BeNullOrEmpty
        @(Get-Job).Count | Should -Be 0
        $vm.State | Should -Be 'Off'
    }

    It 'fails with the error that the cmdlet would have written' {
        $vm = New-KvmVM -Name slow -Code $spin | Start-KvmVM -PassThru
        $job = Wait-KvmVM $vm -Timeout 0.05 -AsJob | Wait-Job
        $job.State | Should -Be 'Failed'
        Wait-KvmVM $vm -Timeout 0.05 -ErrorVariable expected -ErrorAction SilentlyContinue
        Receive-Job $job -ErrorVariable problems -ErrorAction SilentlyContinue | Should -BeNullOrEmpty
        $problems.Count | Should -Be 1
        $problems[0].FullyQualifiedErrorId | Should -Be $expected[0].FullyQualifiedErrorId
        "$($problems[0])" | Should -Be "$($expected[0])"
        "$($problems[0].CategoryInfo)" | Should -Be "$($expected[0].CategoryInfo)"
        $problems[0].ErrorDetails.RecommendedAction | Should -Be $expected[0].ErrorDetails.RecommendedAction
        [object]::ReferenceEquals($problems[0].TargetObject, $vm) | Should -BeTrue
        $vm.State | Should -Be 'Running'
        { Wait-KvmVM $vm -Timeout 0 -AsJob | Receive-Job -Wait -ErrorAction Stop } | Should -Throw -ErrorId 'KvmWaitTimeout,*'
    }

    It 'fails, with a result all the same, when a run takes too long' {
        $job = Invoke-KvmVM -Name slow -Code $spin -Timeout 0.05 -AsJob | Wait-Job
        $job.State | Should -Be 'Failed'
        $result = Receive-Job $job -ErrorVariable problems -ErrorAction SilentlyContinue
        $result.ExitReason | Should -Be 'TurnedOff'
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmRunTimeout,KvmPS.Commands.InvokeKvmVMCommand'
    }

    It 'fails when its machine is removed' {
        $vm = New-KvmVM -Name shortlived -Code $spin | Start-KvmVM -PassThru
        $job = Wait-KvmVM $vm -Timeout -1 -AsJob
        Remove-KvmVM $vm
        $null = Wait-Job $job
        $job.State | Should -Be 'Failed'
        $job.Error[0].FullyQualifiedErrorId | Should -Be 'KvmVMRemoved,KvmPS.Commands.WaitKvmVMCommand'
    }

    It 'ends its wait at once with Stop-Job, and leaves the machine alone' {
        $vm = New-KvmVM -Code $spin | Start-KvmVM -PassThru
        $jobs = 1..3 | ForEach-Object { Wait-KvmVM $vm -Timeout -1 -AsJob }
        $jobs | Stop-Job
        $jobs.State | ForEach-Object { $_ | Should -Be 'Stopped' }
        $jobs | Receive-Job | Should -BeNullOrEmpty
        Stop-Job $jobs[0]
        $vm.State | Should -Be 'Running'
    }

    It 'takes its machine with it when a run is stopped' {
        $job = Invoke-KvmVM -Name endless -Code $spin -Timeout -1 -AsJob
        $vm = Get-KvmVM endless
        Stop-Job $job
        $job.State | Should -Be 'Stopped'
        $vm.State | Should -Be 'Off'
        (Get-KvmVM).Count | Should -Be 0
    }

    It 'takes its machine with it when a run is stopped before it has begun' {
        1..20 | ForEach-Object { Invoke-KvmVM -Code $spin -Timeout -1 -AsJob | Stop-Job }
        (Get-KvmVM).Count | Should -Be 0
    }

    It 'is not removed while it runs, unless by force' {
        $job = Wait-KvmVM (New-KvmVM -Name idle -Code $spin) -For Running -Timeout -1 -AsJob
        { Remove-Job $job -ErrorAction Stop } | Should -Throw -ErrorId 'JobObjectNotFinishedCannotBeRemoved,*'
        Remove-Job $job -Force
        $job.State | Should -Be 'Stopped'
        @(Get-Job).Count | Should -Be 0
    }

    It 'keeps the story of the work, for those who ask for it' {
        $job = Invoke-KvmVM -Name told -Code (Get-GuestCode hello) -AsJob | Wait-Job
        $job.Verbose[0].Message | Should -Be "Started machine 'told'."
        $lines = Receive-Job $job -Verbose 4>&1
        @($lines | Where-Object { $_ -is [System.Management.Automation.VerboseRecord] }).Count | Should -Be 2
    }

    It 'lets 64 wait at the same time' {
        $vm = New-KvmVM -Name awaited -Code $spin
        $jobs = 1..64 | ForEach-Object { Wait-KvmVM $vm -For Running -AsJob }
        Start-KvmVM $vm
        $null = $jobs | Wait-Job
        @($jobs | Where-Object { $_.State -eq 'Completed' }).Count | Should -Be 64
    }

    It 'shows progress in Receive-Job -Wait, and outlives its Ctrl+C' {
        $vm = New-KvmVM -Name endless -Code $spin | Start-KvmVM -PassThru
        $job = Wait-KvmVM $vm -Timeout -1 -AsJob
        $waiting = Start-Waiting 'param($job) Receive-Job $job -Wait' $job
        $waiting.Progress | Should -BeGreaterThan 0
        $waiting.Shell.Streams.Progress[0].Activity | Should -BeLike "*'endless'*"
        $waiting.Shell.Stop()
        { Complete-Waiting $waiting } | Should -Throw
        $job.State | Should -Be 'Running'
        Stop-KvmVM $vm -TurnOff
        (Receive-Job $job -Wait).Name | Should -Be 'endless'
        $job.State | Should -Be 'Completed'
    }

    It 'ends with Remove-Module in its runspace, and in no other' {
        $vm = New-KvmVM -Name mine -Code $spin | Start-KvmVM -PassThru
        $mine = Wait-KvmVM $vm -Timeout -1 -AsJob
        $other = New-TestRunspace
        try {
            $theirs = Invoke-InRunspace $other 'param($vm, $code) Wait-KvmVM $vm -Timeout -1 -AsJob; Invoke-KvmVM -Name theirs -Code $code -Timeout -1 -AsJob' $vm, $spin
            @(Get-Job).Count | Should -Be 1
            $null = Invoke-InRunspace $other 'Remove-Module KvmPS'
            $theirs.State | Should -Be 'Stopped', 'Stopped'
            $mine.State | Should -Be 'Running'
            (Get-KvmVM).Name | Should -Be 'mine'
        }
        finally { $other.Dispose() }
    }

    It 'is shown as jobs are, and tells of its state' -Tag FullShell {
        $vm = New-KvmVM -Name endless -Code $spin | Start-KvmVM -PassThru
        $job = Wait-KvmVM $vm -Timeout -1 -AsJob
        ($job | Format-Table | Out-String -Width 200) | Should -Match "Job$($job.Id) +KvmJob +Running +True +endless +Wait-KvmVM"
        $null = Register-ObjectEvent $job StateChanged -SourceIdentifier KvmJobTest
        try {
            Stop-Job $job
            $told = Wait-Event -SourceIdentifier KvmJobTest -Timeout 60
            $told.SourceEventArgs.JobStateInfo.State | Should -Be 'Stopped'
        }
        finally {
            Unregister-Event KvmJobTest
            Remove-Event KvmJobTest -ErrorAction Ignore
        }
    }
}

Describe 'The end of the process' -Skip:$noKvm -Tag FullShell {
    It 'waits for no job' {
        $script = @'
            Import-Module '{0}'
            $vm = New-KvmVM -Code ([System.IO.File]::ReadAllBytes('{1}/../Guests/spin/spin.bin')) | Start-KvmVM -PassThru
            $jobs = @(Wait-KvmVM $vm -Timeout -1 -AsJob) + @(Invoke-KvmVM -Code ([System.IO.File]::ReadAllBytes('{1}/../Guests/spin/spin.bin')) -Timeout -1 -AsJob)
            "$($jobs.State)"
'@ -f $folder, $PSScriptRoot
        $start = [System.Diagnostics.ProcessStartInfo]::new([System.Environment]::ProcessPath)
        foreach ($argument in '-NoProfile', '-Command', $script) { $start.ArgumentList.Add($argument) }
        $start.RedirectStandardOutput = $true
        $process = [System.Diagnostics.Process]::Start($start)
        $process.StandardOutput.ReadToEnd().Trim() | Should -Be 'Running Running'
        $process.WaitForExit(60000) | Should -BeTrue
        $process.ExitCode | Should -Be 0
    }
}
