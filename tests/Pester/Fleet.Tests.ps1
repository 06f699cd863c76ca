# samples/Fleet.ps1: with a stand-in for SSH that hands things over as the wire does, and with a real sshd where there is one.

BeforeDiscovery {
    $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm')
    $noSshd = $noKvm -or -not ([System.IO.File]::Exists('/usr/sbin/sshd') -and (Get-Command ssh, ssh-keygen -ErrorAction Ignore).Count -eq 2)
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $fleet = "$PSScriptRoot/../../samples/Fleet.ps1"
    $module = [System.IO.Path]::GetFullPath("$PSScriptRoot/../../out/KvmPS")

    # In order; Sort-Object is not in the embedded engine.
    function Get-Sorted([string[]]$Texts) {
        [array]::Sort($Texts, [System.StringComparer]::Ordinal)
        $Texts
    }
}

Describe 'A fleet' -Skip:$noKvm {
    BeforeAll {
        # Runs the script here, and gives what it says as it would come over the wire. The file beside the folder "hosts" keeps who was asked for what.
        # A host whose name begins with "weak" breaks down once, after one result; "dead" never answers; "mute" ends without its last word.
        $standIn = {
            param($HostName, $Login, $Script, $Arguments)
            $folder = $Login.Options.Folder
            [System.IO.File]::AppendAllText("$folder/$HostName", "$($Arguments[1] -join ' ')`n")
            if ($HostName -eq 'dead') { throw 'Connection refused.' }
            $isWeak = $HostName -like 'weak*' -and [System.IO.File]::ReadAllLines("$folder/$HostName").Length -eq 1
            $said = 0
            foreach ($item in & $Script @Arguments 2>&1) {
                if ($isWeak -and $said++ -eq 1) { throw 'Broken pipe.' }
                if ($HostName -eq 'mute' -and $item -is [string]) { continue }
                if ($item -is [System.Management.Automation.ErrorRecord]) { $item; continue }
                $copy = [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($item))
                if ($copy -isnot [string]) { $copy.psobject.Properties.Add([psnoteproperty]::new('PSComputerName', $HostName)) }
                $copy
            }
        }

        # Runs a fleet over the stand-in, and gives its rows; what it warned of and what failed stay in $warnings and $problems.
        function Invoke-Fleet([string[]]$HostName, [int]$Count, [hashtable]$More = @{}) {
            $script:warnings, $script:problems = @(), @()
            if (-not $More.ModulePath) { $More.ModulePath = $module }
            foreach ($item in & $fleet $HostName -Count $Count -MemoryBytes 16MB -Transport $standIn -SshOption @{ Folder = $folder } @More 3>&1 2>&1) {
                if ($item -is [System.Management.Automation.WarningRecord]) { $script:warnings += "$item" }
                elseif ($item -is [System.Management.Automation.ErrorRecord]) { $script:problems += $item }
                else { $item }
            }
        }

        # What a host was asked for, a text a round.
        function Get-Asked([string]$HostName) { [System.IO.File]::Exists("$folder/$HostName") ? [System.IO.File]::ReadAllLines("$folder/$HostName") : @() }
    }

    BeforeEach {
        $folder = "$TestDrive/$([guid]::NewGuid())"
        $null = [System.IO.Directory]::CreateDirectory($folder)
    }
    AfterEach { Get-KvmVM | Remove-KvmVM }

    It 'deals machines out, and gives one row for each' {
        $rows = Invoke-Fleet a, b, c 7
        Get-Sorted $rows.VMName | Should -Be 'fleet1', 'fleet2', 'fleet3', 'fleet4', 'fleet5', 'fleet6', 'fleet7'
        Get-Asked a | Should -Be 'fleet1 fleet4 fleet7'
        Get-Asked b | Should -Be 'fleet2 fleet5'
        Get-Asked c | Should -Be 'fleet3 fleet6'
        foreach ($row in $rows) {
            $row.End | Should -Be 'DebugExit (33)'
            $row.Duration | Should -BeOfType ([timespan])
            $row.PSComputerName | Should -Be $row.Result.PSComputerName
            $row.Result.SerialText | Should -BeLike '*Goodbye.*'
        }
    }

    It 'troubles no host that it has nothing for' {
        (Invoke-Fleet a, b, c 2).PSComputerName | Should -HaveCount 2
        Get-Asked c | Should -HaveCount 0
    }

    It 'takes a host that is named twice once' {
        Get-Sorted (Invoke-Fleet a, A 3).VMName | Should -Be 'fleet1', 'fleet2', 'fleet3'
        Get-Asked a | Should -Be 'fleet1 fleet2 fleet3'
    }

    It 'keeps what a host that breaks has said, gives the rest to the others, and tries it again' {
        $rows = Invoke-Fleet a, weak 8
        Get-Sorted $rows.VMName | Should -Be 'fleet1', 'fleet2', 'fleet3', 'fleet4', 'fleet5', 'fleet6', 'fleet7', 'fleet8'
        $warnings.Count | Should -Be 1
        $warnings[0] | Should -Be "Host 'weak' was lost, with 3 of its 4 machines not ended: Broken pipe."
        (Get-Asked a).Count | Should -Be 2
        (Get-Asked weak).Count | Should -Be 2
        (Get-Asked a)[1].Split().Count | Should -Be 2 # the host that was never lost is dealt to first
        (Get-Asked weak)[1].Split().Count | Should -Be 1
    }

    It 'does without a host that never answers' {
        $rows = Invoke-Fleet dead, a 4 @{ RetryCount = 1 }
        $rows.PSComputerName | Should -Be a, a, a, a
        $warnings.Count | Should -Be 1 # in the last round there are others
    }

    It 'calls a host lost that ends without its last word' {
        $rows = Invoke-Fleet mute 2 @{ RetryCount = 0 }
        $rows.Count | Should -Be 2
        $warnings[0] | Should -Be "Host 'mute' was lost, with 0 of its 2 machines not ended: it went silent."
    }

    It 'says which machines have not been run when no host is left' {
        $rows = Invoke-Fleet dead 2 @{ RetryCount = 2 }
        $rows | Should -BeNullOrEmpty
        (Get-Asked dead).Count | Should -Be 3
        $last = $problems[-1]
        $last.FullyQualifiedErrorId | Should -BeLike 'FleetHostsLost*'
        $last.TargetObject | Should -Be 'fleet1', 'fleet2'
    }

    It 'calls a host without the module lost' {
        $null = Invoke-Fleet a 1 @{ ModulePath = '/no/such'; RetryCount = 0 }
        $warnings[0] | Should -BeLike "Host 'a' was lost, with 1 of its 1 machines not ended: *'/no/such'*"
    }

    It 'runs a machine that fails only once, and says why' {
        $rows = Invoke-Fleet a, b 2 @{ Code = [byte[]](0xeb, 0xfe); Timeout = 0.2 }
        $rows.End | Should -Be 'TurnedOff', 'TurnedOff'
        $warnings.Count | Should -Be 0
        $problems.Count | Should -Be 2
        $problems[0].FullyQualifiedErrorId | Should -BeLike 'Kvm*Timeout*'
        (Get-Asked a).Count, (Get-Asked b).Count | Should -Be 1, 1
    }

    It 'boots kernels that lie on the hosts' {
        $kernel = [System.IO.Path]::GetFullPath("$PSScriptRoot/../Guests/multiboot/multiboot.elf")
        $rows = & $fleet a -Count 1 -Kernel $kernel -CommandLine 'one two' -ModulePath $module -Transport $standIn -SshOption @{ Folder = $folder }
        $rows.Result.SerialText | Should -BeLike '*one two*'
    }
}

Describe 'A fleet over SSH' -Tag FullShell -Skip:$noSshd {
    BeforeAll {
        # sshd as this user on a port of its own, with keys of its own; it knows one subsystem, this pwsh.
        $drive = "$TestDrive"
        $null = ssh-keygen -q -t ed25519 -N '' -f "$drive/host_key" && ssh-keygen -q -t ed25519 -N '' -f "$drive/user_key"
        [System.IO.File]::Copy("$drive/user_key.pub", "$drive/authorized_keys")
        $listener = [System.Net.Sockets.TcpListener]::new([System.Net.IPAddress]::Loopback, 0)
        $listener.Start()
        $port = $listener.LocalEndpoint.Port
        $listener.Stop()
        $pwsh = [System.Environment]::ProcessPath
        [System.IO.File]::WriteAllText("$drive/sshd_config", @"
Port $port
ListenAddress 127.0.0.1
HostKey $drive/host_key
PidFile none
UsePAM no
StrictModes no
PasswordAuthentication no
AuthorizedKeysFile $drive/authorized_keys
Subsystem powershell $pwsh -sshs -NoLogo -NoProfile
"@)
        if ([System.Environment]::UserName -eq 'root') { $null = [System.IO.Directory]::CreateDirectory('/run/sshd') } # what its package makes at boot, and sshd asks for as root
        $server = [System.Diagnostics.Process]::Start('/usr/sbin/sshd', [string[]]('-D', '-f', "$drive/sshd_config", '-E', "$drive/sshd.log"))
        for ($i = 0; $i -lt 200; $i++) {
            $client = [System.Net.Sockets.TcpClient]::new()
            try { $client.Connect('127.0.0.1', $port); break } catch { [System.Threading.Thread]::Sleep(50) } finally { $client.Dispose() }
        }
        $ssh = @{
            UserName    = [System.Environment]::UserName
            KeyFilePath = "$drive/user_key"
            SshOption   = @{ StrictHostKeyChecking = 'no'; UserKnownHostsFile = "$drive/known_hosts" }
            ModulePath  = $module
            MemoryBytes = 16MB
        }
    }

    AfterAll {
        if ($server -and -not $server.HasExited) { $server.Kill($true); $server.WaitForExit() }
    }

    It 'runs machines in another process, and gets all of their results' {
        $rows = & $fleet "127.0.0.1:$port", "localhost:$port" -Count 4 @ssh
        $rows.Count | Should -Be 4
        foreach ($row in $rows) {
            $row.End | Should -Be 'DebugExit (33)'
            $row.Result.pstypenames[0] | Should -Be 'Deserialized.KvmPS.KvmRunResult'
            $row.Result.PSComputerName | Should -Not -BeNullOrEmpty
            $row.Result.Duration | Should -BeOfType ([timespan])
            $row.Result.SerialText | Should -BeLike '*Goodbye.*'
        }
        ($rows | Out-String -Width 120) | Should -Match 'PSComputerName +VMName +End +Duration'
    }

    It 'loses a host that nobody answers for' {
        $rows = & $fleet '127.0.0.1:1', "127.0.0.1:$port" -Count 2 -RetryCount 1 @ssh -WarningVariable warnings -WarningAction SilentlyContinue
        Get-Sorted $rows.VMName | Should -Be 'fleet1', 'fleet2'
        $rows.PSComputerName | Should -Be "127.0.0.1:$port", "127.0.0.1:$port"
        $warnings.Count | Should -Be 1
    }

    It 'gives machines that stay where they are' {
        $session = New-PSSession -HostName "127.0.0.1:$port" -UserName $ssh.UserName -KeyFilePath $ssh.KeyFilePath -Options $ssh.SshOption
        try {
            $far = Invoke-Command $session { Import-Module $using:module; New-KvmVM -Name far -Code 0xf4 }
            $near = New-KvmVM -Name far -Code 0xf4
            { $far | Remove-KvmVM -ErrorAction Stop } | Should -Throw -ExpectedMessage "*Machine 'far' lives in another process*"
            { Remove-KvmVM $far -ErrorAction Stop } | Should -Throw -ExpectedMessage "*Machine 'far' lives in another process*"
            (Invoke-Command $session { Start-KvmVM $args[0] -PassThru | Wait-KvmVM } -ArgumentList $far).ExitReason | Should -Be 'Halted'
            (Get-KvmVM far).State | Should -Be 'Off'
            [object]::ReferenceEquals((Get-KvmVM far), $near) | Should -BeTrue
        }
        finally {
            Remove-PSSession $session
            Get-KvmVM | Remove-KvmVM
        }
    }
}
