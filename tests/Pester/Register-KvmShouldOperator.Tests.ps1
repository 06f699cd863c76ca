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
