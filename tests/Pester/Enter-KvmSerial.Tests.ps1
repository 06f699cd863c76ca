BeforeDiscovery { $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm') }

BeforeAll {
    . "$PSScriptRoot/Support.ps1"

    # In a runspace without a user interface, so that a test that is started at a terminal does not take it.
    function Get-EntryError([string]$Script, [object[]]$Arguments) {
        $runspace = New-TestRunspace
        try { Invoke-InRunspace $runspace $Script $Arguments }
        catch { $_.Exception.ErrorRecord ? $_.Exception.ErrorRecord : $_ }
        finally { $runspace.Dispose() }
    }
}

Describe 'Enter-KvmSerial' {
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'says that a machine that was never started has no console' {
        $vm = New-KvmVM -Name fresh -Code (Get-GuestCode echo)
        $failure = Get-EntryError 'Enter-KvmSerial $args[0]' $vm
        $failure.FullyQualifiedErrorId | Should -Be 'KvmVMNeverStarted,KvmPS.Commands.EnterKvmSerialCommand'
        $failure.TargetObject.Name | Should -Be 'fresh'
    }

    It 'says that nobody reads the console of a machine that is off' -Skip:$noKvm {
        $vm = New-KvmVM -Name over -Code (Get-GuestCode halt) | Start-KvmVM -PassThru | Wait-KvmVM -Timeout 60
        $failure = Get-EntryError '$args[0] | Enter-KvmSerial' $vm
        $failure.FullyQualifiedErrorId | Should -Be 'KvmVMInvalidState,KvmPS.Commands.EnterKvmSerialCommand'
    }

    It 'says what to use where there is no terminal, for a machine <how>' -Skip:$noKvm -ForEach @(
        @{ How = 'by name'; Script = 'Enter-KvmSerial echo' }
        @{ How = 'by object'; Script = 'Enter-KvmSerial -VM (Get-KvmVM echo) -Tail 0' }
        @{ How = 'from the pipeline'; Script = 'Get-KvmVM echo | Enter-KvmSerial -EscapeCharacter ^t' }
    ) {
        $null = New-KvmVM -Name echo -Code (Get-GuestCode echo) | Start-KvmVM -PassThru
        $failure = Get-EntryError $Script
        $failure.FullyQualifiedErrorId | Should -Be 'KvmNoTerminal,KvmPS.Commands.EnterKvmSerialCommand'
        $failure.CategoryInfo.Category | Should -Be 'ResourceUnavailable'
        $failure.Exception.Message | Should -BeLike '*This runspace has no user interface.'
        $failure.ErrorDetails.RecommendedAction | Should -Be 'Use Read-KvmSerial -Wait and Write-KvmSerial instead.'
    }

    It 'says the same in a remote session' -Skip:$noKvm {
        $null = New-KvmVM -Name echo -Code (Get-GuestCode echo) | Start-KvmVM -PassThru
        $PSSenderInfo = 'somebody'
        Enter-KvmSerial echo -ErrorVariable problems -ErrorAction SilentlyContinue
        $problems[0].FullyQualifiedErrorId | Should -Be 'KvmNoTerminal,KvmPS.Commands.EnterKvmSerialCommand'
    }

    It 'says that there is no such machine' {
        (Get-EntryError 'Enter-KvmSerial nobody').FullyQualifiedErrorId | Should -Be 'KvmVMNotFound,KvmPS.Commands.EnterKvmSerialCommand'
    }

    It 'takes no key but Ctrl with a letter or a sign: <key>' -ForEach @(
        @{ Key = 'x' }, @{ Key = '^[' }, @{ Key = '^1' }, @{ Key = '^@' }, @{ Key = '' }
    ) {
        (Get-EntryError 'Enter-KvmSerial nobody -EscapeCharacter $args[0]' $Key).FullyQualifiedErrorId |
            Should -Be 'ParameterArgumentValidationError,KvmPS.Commands.EnterKvmSerialCommand'
    }
}
