BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    Register-KvmShouldOperator

    # The message of the assertion that fails in a script.
    function Get-Failure([scriptblock]$Script) {
        try { $null = & $Script } catch { return $_.Exception.Message }
        throw 'Nothing has failed.'
    }
}

Describe 'Register-KvmShouldOperator' {
    It 'may be called again, and after another import of the module' {
        Register-KvmShouldOperator -PassThru | Should -Be 'BeKvmState', 'HaveKvmSerialText', 'BeKvmSuccess'
        Import-Module "$PSScriptRoot/../../out/KvmPS" -Force
        Register-KvmShouldOperator
        $null = New-KvmVM -Name again -Code 0xf4
        Get-KvmVM again | Should -BeKvmState Off
        Remove-KvmVM again
    }

    It 'does nothing with -WhatIf' {
        Register-KvmShouldOperator -WhatIf -PassThru | Should -BeNullOrEmpty
    }

    It 'names the remedy where there is no Pester' {
        $runspace = New-TestRunspace
        try {
            $failure = Invoke-InRunspace $runspace 'try { Register-KvmShouldOperator } catch { $_ }'
            $failure.FullyQualifiedErrorId | Should -BeLike 'KvmPesterNotLoaded,*'
            $failure.ErrorDetails.RecommendedAction | Should -BeLike 'Import-Module Pester*'
        }
        finally { $runspace.Dispose() }
    }

    It 'adds the operators on import when there is a Should already' {
        $runspace = [runspacefactory]::CreateRunspace([initialsessionstate]::CreateDefault2())
        $runspace.Open()
        try {
            Invoke-InRunspace $runspace '$global:added = @(); function global:Add-ShouldOperator($Name, $Test) { $global:added += $Name }'
            Invoke-InRunspace $runspace 'Import-Module $args[0]; $added' "$PSScriptRoot/../../out/KvmPS" | Should -Be 'BeKvmState', 'HaveKvmSerialText', 'BeKvmSuccess'
            Invoke-InRunspace $runspace 'Import-Module $args[0] -Force; $added.Count' "$PSScriptRoot/../../out/KvmPS" | Should -Be 6
        }
        finally { $runspace.Dispose() }
    }

    It 'is imported, and tells, where Should refuses' {
        $runspace = [runspacefactory]::CreateRunspace([initialsessionstate]::CreateDefault2())
        $runspace.Open()
        try {
            Invoke-InRunspace $runspace 'function global:Add-ShouldOperator($Name, $Test) { throw "$Name is taken" }; Import-Module $args[0]' "$PSScriptRoot/../../out/KvmPS"
            $failure = Invoke-InRunspace $runspace 'try { Register-KvmShouldOperator } catch { $_ }'
            $failure.FullyQualifiedErrorId | Should -BeLike 'KvmShouldOperatorRefused,*'
            $failure.Exception.Message | Should -BeLike '*BeKvmState is taken*'
        }
        finally { $runspace.Dispose() }
    }
}

Describe 'Both modules in a new session' -Tag FullShell {
    BeforeAll {
        # Runs a script in a pwsh of its own, with $pester and $kvm to import; Get-Verdict runs two tests that use the operators, and tells how they ended.
        function Invoke-Session([string]$Script) {
            $start = [System.Diagnostics.ProcessStartInfo]::new([System.Environment]::ProcessPath)
            $prologue = @'
                $ErrorActionPreference = 'Stop'
                $pester, $kvm = '{0}', '{1}'
                function Get-Verdict([string]$SetUp) {{
                    $suite = [scriptblock]::Create("Describe 'd' {{ BeforeAll {{ $SetUp }}; AfterAll {{ Get-KvmVM | Remove-KvmVM }}
                        It 'passes' {{ `$vm = New-KvmVM -Code 0xf4; `$vm | Should -BeKvmState Off; `$vm | Should -Not -HaveKvmSerialText x; `$vm | Should -Not -BeKvmSuccess }}
                        It 'fails' {{ New-KvmVM -Name loser -Code 0xf4 | Should -BeKvmState Running }} }}")
                    $run = Invoke-Pester -Configuration @{{ Run = @{{ Container = New-PesterContainer -ScriptBlock $suite; PassThru = $true }}; Output = @{{ Verbosity = 'None' }} }}
                    "$($run.Tests.Result): $($run.Tests.ErrorRecord.Exception.Message)"
                }}

'@ -f (Get-Module Pester).Path, [System.IO.Path]::GetFullPath("$PSScriptRoot/../../out/KvmPS")
            foreach ($word in '-NoProfile', '-NonInteractive', '-Command', ($prologue + $Script)) { $start.ArgumentList.Add($word) }
            $start.RedirectStandardOutput = $true
            $process = [System.Diagnostics.Process]::Start($start)
            $process.StandardOutput.ReadToEnd().TrimEnd()
            $process.WaitForExit()
        }

        $asTheyShould = "Passed Failed: Expected machine 'loser' to be Running, but it is Off (no exit yet)."
    }

    It '<Order>' -ForEach @(
        @{ Order = 'Pester first: the import of KvmPS adds the operators'; Script = 'Import-Module $pester; Import-Module $kvm; Get-Verdict' }
        @{ Order = 'KvmPS first: BeforeAll adds them'; Script = 'Import-Module $kvm; Import-Module $pester; Get-Verdict Register-KvmShouldOperator' }
        @{ Order = 'KvmPS first: a call after both imports adds them'; Script = 'Import-Module $kvm; Import-Module $pester; Register-KvmShouldOperator; Get-Verdict' }
        @{ Order = 'KvmPS in BeforeAll: its import adds them'; Script = 'Import-Module $pester; Get-Verdict "Import-Module $kvm"' }
        @{ Order = 'each of them imported twice'; Script = 'foreach ($n in 1, 2) { Import-Module $pester; Import-Module $kvm }; Get-Verdict' }
        @{ Order = 'KvmPS again with -Force'; Script = 'Import-Module $pester; Import-Module $kvm; Import-Module $kvm -Force; Import-Module $kvm -Force; Get-Verdict' }
        @{ Order = 'KvmPS removed, and imported again'; Script = 'Import-Module $pester; Import-Module $kvm; Remove-Module KvmPS; Import-Module $kvm; Get-Verdict' }
        @{ Order = 'Pester again with -Force: a call adds them'; Script = 'Import-Module $pester; Import-Module $kvm; Import-Module $pester -Force; Get-Verdict Register-KvmShouldOperator' }
        @{ Order = 'Pester and then KvmPS again with -Force'; Script = 'Import-Module $kvm; Import-Module $pester; Import-Module $pester -Force; Import-Module $kvm -Force; Get-Verdict' }
    ) {
        Invoke-Session $Script | Should -BeLike "$asTheyShould*"
    }

    It 'are used by two runs, one after the other' {
        Invoke-Session 'Import-Module $kvm; Import-Module $pester; foreach ($n in 1, 2) { Get-Verdict Register-KvmShouldOperator }' | Should -BeLike "$asTheyShould*$asTheyShould*"
    }
}

Describe 'Should -BeKvmState' {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'judges the state, both ways' {
        $vm = New-KvmVM -Name web -Code 0xf4
        $vm | Should -BeKvmState Off
        $vm | Should -Not -BeKvmState Running
        Get-Failure { $vm | Should -BeKvmState Running -Because 'it was started' } |
            Should -BeLike "Expected machine 'web' to be Running, because it was started, but it is Off (no exit yet).*"
        Get-Failure { $vm | Should -Not -BeKvmState Off } | Should -BeLike "Expected machine 'web' to not be Off,*"
    }

    It 'shows how the machine ended, and its console' -Skip:$noKvm {
        $vm = New-KvmVM -Name hello -Code (Get-GuestCode hello) | Start-KvmVM -PassThru
        $null = Wait-KvmVM $vm -Timeout 60
        $message = Get-Failure { $vm | Should -BeKvmState Running }
        $message | Should -BeLike "*it is Off (exit reason $($vm.ExitReason)*"
        $message | Should -BeLike "*The last lines of the console:*$((Read-KvmSerial $vm)[-1])*"
    }

    It 'passes neither way on what is no machine, or no state' {
        Get-Failure { $null | Should -Not -BeKvmState Off } | Should -BeLike '*a machine (KvmVM), but got nothing*'
        $vm = New-KvmVM -Name web -Code 0xf4
        Get-Failure { $vm | Should -Not -BeKvmState Sleeping } | Should -BeLike '*Sleeping*'
    }
}

Describe 'Should -HaveKvmSerialText and -BeKvmSuccess' -Skip:$noKvm {
    BeforeAll {
        $hello = Invoke-KvmVM -Code (Get-GuestCode hello) -Timeout 60
        $fault = Invoke-KvmVM -Code (Get-GuestCode triple) -Timeout 60 -ErrorAction SilentlyContinue
    }

    It 'finds text in the console of a result, both ways' {
        $first = ($hello.SerialText -split '\r?\n')[0]
        $line = [regex]::Escape($first)
        $hello | Should -HaveKvmSerialText "^$line`$"
        $hello | Should -Not -HaveKvmSerialText 'Kernel panic'
        Get-Failure { $hello | Should -HaveKvmSerialText 'login:' -Because 'it boots' } |
            Should -BeLike "*to match 'login:', because it boots, but it does not (exit reason $($hello.ExitReason)*The last lines of the console:`n    $first*"
        Get-Failure { $hello | Should -Not -HaveKvmSerialText $line } | Should -BeLike '*to not match*but it does (exit reason*'
    }

    It 'passes neither way on a value without a console, or a bad pattern' {
        Get-Failure { 'text' | Should -Not -HaveKvmSerialText 'x' } | Should -BeLike '*got a value of type String*'
        Get-Failure { $hello | Should -Not -HaveKvmSerialText '(' } | Should -BeLike '*(*'
    }

    It 'takes the exit code of success for it, and no fault' {
        $hello | Should -BeKvmSuccess 33
        $hello | Should -Not -BeKvmSuccess
        $fault | Should -Not -BeKvmSuccess
        Get-Failure { $hello | Should -BeKvmSuccess } | Should -BeLike '*to have ended well, but it ended with exit reason DebugExit (33)*'
        Get-Failure { $fault | Should -BeKvmSuccess } | Should -BeLike '*exit reason TripleFault*'
    }
}
