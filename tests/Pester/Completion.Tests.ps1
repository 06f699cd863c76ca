# What Tab offers for each parameter of each cmdlet. Parameters named here take free text or any number: there is nothing to offer that would not be a guess.
BeforeDiscovery {
    Import-Module "$PSScriptRoot/../../out/KvmPS"
    $cmdlets = Get-Command -Module KvmPS -CommandType Cmdlet | ForEach-Object { @{ Cmdlet = $_.Name } }
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"

    $free = @{
        # Machine code, memory and what is typed into a console.
        Code = '*'; Byte = '*'; Text = 'Write-KvmMemory'; Value = '*'; InputText = 'Write-KvmSerial'; Register = 'Set-KvmRegister'
        # Addresses, numbers of interrupts and rates.
        Address = '*'; LoadAddress = '*'; Gsi = 'Debug-KvmVM'; MaximumIops = 'Add-KvmDisk'; ClockOffset = '*'
        # Names that are to be new.
        Name = 'New-KvmVM', 'Invoke-KvmVM', 'Import-KvmVM', 'Add-KvmDisk'; ConsolePort = '*'; SerialNumber = 'Add-KvmDisk'
        # What somebody else defines: the guest's kernel, its output, cloud-init.
        CommandLine = '*'; Command = '*'; InputObject = '*'; Pattern = 'Wait-KvmSerial'; FailurePattern = 'Wait-KvmSerial'
        HostName = 'New-KvmSeedImage'; InstanceId = 'New-KvmSeedImage'
        MetaData = 'New-KvmSeedImage'; NetworkConfig = 'New-KvmSeedImage'; UserData = 'New-KvmSeedImage'; VendorData = 'New-KvmSeedImage'
        # Objects, which come from variables.
        VM = '*'
        # Who somebody is.
        Credential = '*'
        # A key: ^A to ^_.
        EscapeCharacter = 'Enter-KvmSerial'
    }

    # What Tab offers at the end of a line.
    function Complete([string]$Line) { (TabExpansion2 $Line $Line.Length).CompletionMatches }

    $here = $ExecutionContext.SessionState.Path.CurrentLocation
    $null = [System.IO.Directory]::CreateDirectory("$TestDrive/boot")
    foreach ($file in 'disk.qcow2', 'bzImage', 'vmlinuz-6.1', 'initrd.img-6.1', 'bios.bin', 'web.json', 'console.log', 'seed.iso', 'notes.md', 'boot/vmlinux', 'two words.json') {
        [System.IO.File]::WriteAllText("$TestDrive/$file", '')
    }
    $null = $ExecutionContext.SessionState.Path.SetLocation($TestDrive)
    $vm = New-KvmVM -Name web1 -Code 0xf4 -VcpuCount 2 -InterruptController
    $vm | Add-KvmDisk -SizeBytes 64MB
}

AfterAll {
    $null = $ExecutionContext.SessionState.Path.SetLocation($here.Path)
    Get-KvmVM | Remove-KvmVM
}

Describe 'The parameters of <Cmdlet>' -ForEach $cmdlets {
    It 'complete something useful, or are known to be free' {
        $common = [System.Management.Automation.PSCmdlet]::CommonParameters + [System.Management.Automation.PSCmdlet]::OptionalCommonParameters
        $mute = foreach ($parameter in (Get-Command $Cmdlet).Parameters.Values) {
            if ($parameter.SwitchParameter -or $parameter.Name -in $common) { continue }
            if ($free[$parameter.Name] -eq '*' -or $Cmdlet -in $free[$parameter.Name]) { continue }
            if (-not (Complete "$Cmdlet -$($parameter.Name) ")) { "-$($parameter.Name)" }
        }
        $mute -join ' ' | Should -Be ''
    }

    It 'offer all values of their enumerations, unless they name those that they take' {
        foreach ($parameter in (Get-Command $Cmdlet).Parameters.Values | Where-Object { $_.ParameterType.IsEnum }) {
            if ($parameter.Name -in [System.Management.Automation.PSCmdlet]::CommonParameters) { continue }
            if ($parameter.Attributes | Where-Object { $_ -is [ValidateSet] }) { continue }
            $offered = (Complete "$Cmdlet -$($parameter.Name) ").CompletionText
            [Enum]::GetNames($parameter.ParameterType) | Where-Object { $_ -notin $offered } | Should -BeNullOrEmpty
        }
    }
}

Describe 'Files' {
    It 'are offered by what they are: <Line>' -ForEach @(
        @{ Line = 'New-KvmVM -Kernel '; Files = 'boot', 'bzImage', 'vmlinuz-6.1' }
        @{ Line = 'New-KvmVM -Kernel boot/v'; Files = , 'vmlinux' }
        @{ Line = 'New-KvmVM bzImage -Initrd in'; Files = , 'initrd.img-6.1' }
        @{ Line = 'New-KvmVM -Firmware b'; Files = 'bios.bin', 'boot' }
        @{ Line = 'New-KvmVM -ConfigurationPath '; Files = 'boot', 'two words.json', 'web.json' }
        @{ Line = 'Import-KvmVM w'; Files = , 'web.json' }
        @{ Line = 'Set-KvmVM web1 -SerialLogPath c'; Files = , 'console.log' }
        @{ Line = 'Add-KvmDisk web1 -Path d'; Files = , 'disk.qcow2' }
        @{ Line = 'New-KvmSeedImage s'; Files = , 'seed.iso' }
    ) {
        (Complete $Line).ListItemText | Should -Be $Files
    }

    It 'are offered all where none looks right' { (Complete 'New-KvmVM -Kernel no').ListItemText | Should -Be 'notes.md' }
    It 'are quoted where they need it' { (Complete 'Import-KvmVM tw').CompletionText | Should -BeLike "'*two words.json'" }
}

Describe 'What the machine named before decides' {
    It 'completes <Line>' -ForEach @(
        @{ Line = 'Get-KvmRegister web1 -Index '; Words = '0', '1' }
        @{ Line = 'Get-KvmDisk web1 -Name '; Words = , 'disk0' }
        @{ Line = 'Start-KvmVM w'; Words = , 'web1' }
        @{ Line = 'Stop-KvmVM web1 -Timeout 3'; Words = '30', '300' }
        @{ Line = 'New-KvmVM -Code 0xf4 -VcpuCount 1'; Words = '1', '16' }
        @{ Line = 'Set-KvmVM web1 -SerialPortCount '; Words = '1', '2', '3', '4' }
        @{ Line = 'Wait-KvmVM web1 -For '; Words = $null }
    ) {
        $found = (Complete $Line).CompletionText
        if ($Words) { $found | Should -Be $Words } else { $found | Should -Contain 'Ready' }
    }

    It 'completes the id of a machine' { (Complete 'Get-KvmVM -Id ').CompletionText | Should -Be "$($vm.Id)" }
}
