# Every cmdlet that takes a machine takes it as an object, as a name and as a deserialized object: by position, from the pipeline, and by property name.

BeforeDiscovery {
    $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm')
    $commands = @(
        @{ Command = 'Get-KvmVM'; Rest = @(); Options = @{}; Property = 'Name' }
        @{ Command = 'Start-KvmVM'; Rest = @(); Options = @{ PassThru = $true }; Property = 'Name' }
        @{ Command = 'Stop-KvmVM'; Rest = @(); Options = @{ TurnOff = $true; PassThru = $true }; Property = 'Name' }
        @{ Command = 'Wait-KvmVM'; Rest = @(); Options = @{ For = 'Running' }; Property = 'Name' }
        @{ Command = 'Remove-KvmVM'; Rest = @(); Options = @{ PassThru = $true }; Property = 'Name' }
        @{ Command = 'Get-KvmVcpu'; Rest = @(); Options = @{}; Property = 'VMName' }
        @{ Command = 'Suspend-KvmVM'; Rest = @(); Options = @{ PassThru = $true }; Property = 'Name' }
        @{ Command = 'Resume-KvmVM'; Rest = @(); Options = @{ PassThru = $true }; Property = 'Name' }
        @{ Command = 'Measure-KvmVM'; Rest = @(); Options = @{ Interval = 0.01 }; Property = 'VMName' }
        @{ Command = 'Debug-KvmVM'; Rest = @(); Options = @{ PassThru = $true }; Property = 'Name' }
        @{ Command = 'Get-KvmRegister'; Rest = @(); Options = @{}; Property = 'VMName'; IsPaused = $true; ByProperty = @('VMName') }
        @{ Command = 'Set-KvmRegister'; Rest = @(); Options = @{ Register = @{ Rax = 1 }; PassThru = $true }; Property = 'VMName'; IsPaused = $true; ByProperty = @('VMName') }
        @{ Command = 'Get-KvmInstruction'; Rest = @(); Options = @{ Count = 1 }; Property = 'VMName'; IsPaused = $true }
        @{ Command = 'Read-KvmMemory'; Rest = @(); Options = @{ Address = 0x1000 }; Property = 'VMName' }
        @{ Command = 'Write-KvmMemory'; Rest = @(); Options = @{ Address = 0x3000; Byte = 1; PassThru = $true }; Property = 'Name' }
        @{ Command = 'Read-KvmSerial'; Rest = @(); Options = @{ Tail = 1 }; Property = $null }
        @{ Command = 'Write-KvmSerial'; Rest = @('text'); Options = @{ PassThru = $true }; Property = 'Name' }
        @{ Command = 'Wait-KvmSerial'; Rest = @('matrix'); Options = @{}; Property = 'VMName' }
    )
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"

    # The machine's name, from what the cmdlet wrote: each writes the machine, something with its name, or the guest's own word for it.
    function Get-Answer($Output, $Property) { if ($Property) { $Output.$Property } else { $Output } }
}

Describe '<Command>' -ForEach $commands -Skip:$noKvm {
    BeforeEach {
        $vm = New-KvmVM -Name matrix -Code (Get-GuestCode echo) | Start-KvmVM -PassThru
        $null = Wait-KvmSerial $vm "ready\n"
        $null = $vm | Write-KvmSerial matrix -NoNewline
        while (-not (Read-KvmSerial $vm -Tail 1).EndsWith('matrix')) { [System.Threading.Thread]::Sleep(5) }
        if ($IsPaused) { Suspend-KvmVM $vm }
        $deserialized = ConvertTo-Deserialized $vm
    }

    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'takes an object by position' { Get-Answer (& $Command $vm @Rest @Options) $Property | Should -Be 'matrix' }
    It 'takes a name by position' { Get-Answer (& $Command 'MATRIX' @Rest @Options) $Property | Should -Be 'matrix' }
    It 'takes a pattern by position' { Get-Answer (& $Command 'm*x' @Rest @Options) $Property | Should -Be 'matrix' }
    It 'takes a deserialized object by position' { Get-Answer (& $Command $deserialized @Rest @Options) $Property | Should -Be 'matrix' }
    It 'takes an object from the pipeline' { Get-Answer ($vm | & $Command @Rest @Options) $Property | Should -Be 'matrix' }
    It 'takes a name from the pipeline' { Get-Answer ('matrix' | & $Command @Rest @Options) $Property | Should -Be 'matrix' }
    It 'takes a deserialized object from the pipeline' { Get-Answer ($deserialized | & $Command @Rest @Options) $Property | Should -Be 'matrix' }
    # Where -Name is something else's name, the property VMName alone is the machine's.
    It 'takes a name by the property <_>' -ForEach ($ByProperty ?? @('Name', 'VMName')) { Get-Answer ([pscustomobject]@{ $_ = 'matrix' } | & $Command @Rest @Options) $Property | Should -Be 'matrix' }
    It 'takes an object by name' { Get-Answer (& $Command -VM $vm @Rest @Options) $Property | Should -Be 'matrix' }
    It 'takes a name by name' { Get-Answer (& $Command -VMName matrix @Rest @Options) $Property | Should -Be 'matrix' }

    It 'says that a name is not there, and goes on' {
        $output = 'nope', 'matrix' | & $Command @Rest @Options -ErrorVariable problems -ErrorAction SilentlyContinue
        Get-Answer $output $Property | Should -Be 'matrix'
        $problems.Count | Should -Be 1
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'KvmVMNotFound,*'
        $problems[0].TargetObject | Should -Be 'nope'
    }

    It 'does nothing for a pattern that nothing matches' {
        & $Command 'x*' @Rest @Options -ErrorVariable problems | Should -BeNullOrEmpty
        $problems.Count | Should -Be 0
    }

    It 'does nothing for an empty pipeline' {
        Get-KvmVM 'x*' | & $Command @Rest @Options -ErrorVariable problems | Should -BeNullOrEmpty
        $problems.Count | Should -Be 0
    }

    It 'says of a deserialized machine that is gone that it is not there' {
        Remove-KvmVM $vm
        { & $Command $deserialized @Rest @Options -ErrorAction Stop } | Should -Throw -ExpectedMessage "*no machine named 'matrix'*"
    }
}

Describe 'Several machines' -Skip:$noKvm {
    BeforeAll {
        $a = New-KvmVM -Name a -Code (Get-GuestCode spin)
        $b = New-KvmVM -Name b -Code (Get-GuestCode spin)
    }

    AfterAll { Get-KvmVM | Remove-KvmVM }

    It 'are taken as an array of objects' { (Get-KvmVcpu $a, $b).VMName | Should -Be 'a', 'b' }
    It 'are taken as an array of names' { (Get-KvmVcpu a, b).VMName | Should -Be 'a', 'b' }
    It 'are taken as an array of deserialized objects' { (Get-KvmVcpu (ConvertTo-Deserialized $a), (ConvertTo-Deserialized $b)).VMName | Should -Be 'a', 'b' }
    It 'are taken from the pipeline, of all kinds' { ($a, 'b', (ConvertTo-Deserialized $a) | Get-KvmVcpu).VMName | Should -Be 'a', 'b', 'a' }
}
