<#
.SYNOPSIS
Runs many machines on many hosts through PowerShell's remoting over SSH, and shows one table of how they ended.
.DESCRIPTION
The machines are dealt out to the hosts. On each host they run side by side in one remote process; each result comes back as soon as its machine has
ended. A host whose connection cannot be made or breaks, or that has not the module, is lost for this round: its machines that have not ended go to
the other hosts in the next one, in which it is tried again. The machines of a lost host end with their process, and nothing of them stays.

A host needs pwsh as the SSH subsystem "powershell" (about_PowerShell_Remoting_Over_SSH), /dev/kvm and the module. Nothing runs there in between.
.PARAMETER HostName
The hosts: name, user@name or user@name:port.
.PARAMETER Count
How many machines to run in all.
.PARAMETER Kernel
The path of a kernel on the hosts. Without it, the machines run -Code.
.PARAMETER Initrd
The paths of initial RAM disks on the hosts.
.PARAMETER CommandLine
The kernel's command line.
.PARAMETER Code
Machine code, which is sent along: its bytes. Without it and a kernel, a program of 300 bytes that prints some lines and ends.
.PARAMETER MemoryBytes
RAM of each machine.
.PARAMETER Timeout
Seconds, or a TimeSpan, that a machine may run.
.PARAMETER ModulePath
The module's name or its path on the hosts.
.PARAMETER RetryCount
How many rounds there are after the first one for what lost hosts have left over.
.PARAMETER UserName
The user on the hosts.
.PARAMETER KeyFilePath
The private key to log in with.
.PARAMETER SshOption
Options of ssh, as after its -o: @{ ConnectTimeout = 10 }
.PARAMETER Transport
What runs a script on a host: it takes the host's name, the parameters of the login, the script and its arguments, and writes what the script does.
.OUTPUTS
One object a machine, with PSComputerName, VMName, End, Duration, and Result: the KvmRunResult as it came over the wire.
.EXAMPLE
./samples/Fleet.ps1 -HostName alpha, beta, gamma -Count 64
.EXAMPLE
./samples/Fleet.ps1 alpha, beta -Kernel /srv/vmlinux -Initrd /srv/initrd.cpio -CommandLine 'console=ttyS0 reboot=k' -Count 8 -Timeout 300 |
    Where-Object End -NotLike 'Reset*'
#>
[CmdletBinding(DefaultParameterSetName = 'Code')]
param(
    [Parameter(Mandatory, Position = 0)] [string[]] $HostName,
    [ValidateRange(1, 100000)] [int] $Count = 4,
    [Parameter(ParameterSetName = 'Kernel', Mandatory)] [string] $Kernel,
    [Parameter(ParameterSetName = 'Kernel')] [string[]] $Initrd,
    [Parameter(ParameterSetName = 'Kernel')] [string] $CommandLine = 'console=ttyS0 reboot=k panic=-1',
    [Parameter(ParameterSetName = 'Code')] [byte[]] $Code = [IO.File]::ReadAllBytes("$PSScriptRoot/../tests/Guests/hello/hello.bin"),
    [long] $MemoryBytes = 64MB,
    $Timeout = 120,
    [string] $ModulePath = 'KvmPS',
    [ValidateRange(0, 100)] [int] $RetryCount = 2,
    [string] $UserName,
    [string] $KeyFilePath,
    [hashtable] $SshOption,
    [scriptblock] $Transport = {
        param($HostName, $Login, $Script, $Arguments)
        Invoke-Command -HostName $HostName @Login -ScriptBlock $Script -ArgumentList $Arguments
    }
)

# What a host does with its share. Its last word says that nothing is missing: a connection that breaks gives an error at best.
$script = {
    param([string] $ModulePath, [string[]] $Names, [hashtable] $Machine)
    Import-Module $ModulePath -ErrorAction Stop
    $jobs = foreach ($name in $Names) { Invoke-KvmVM -Name $name @Machine -AsJob }
    $jobs | Receive-Job -Wait -AutoRemoveJob
    'all is said'
}

# One object of the table. An enumeration comes over the wire as a number, and its name within the text of the result: "fleet1: DebugExit (33)".
function ConvertTo-Row($HostName, $Result) {
    $row = [pscustomobject]@{
        PSComputerName = $HostName
        VMName         = $Result.VMName
        End            = "$Result".Substring($Result.VMName.Length + 2)
        Duration       = $Result.Duration
        Result         = $Result
    }
    $shown = [Management.Automation.PSPropertySet]::new('DefaultDisplayPropertySet', [string[]]('PSComputerName', 'VMName', 'End', 'Duration'))
    $row.psobject.Members.Add([Management.Automation.PSMemberSet]::new('PSStandardMembers', [Management.Automation.PSMemberInfo[]]$shown))
    $row
}

# Deals names out to hosts, one after the other; hosts that get none are not troubled.
function Get-Share([string[]] $Hosts, [string[]] $Names) {
    for ($i = 0; $i -lt $Hosts.Count -and $i -lt $Names.Count; $i++) {
        [pscustomobject]@{ HostName = $Hosts[$i]; Names = [string[]]@(for ($n = $i; $n -lt $Names.Count; $n += $Hosts.Count) { $Names[$n] }) }
    }
}

$machine = @{ MemoryBytes = $MemoryBytes; Timeout = $Timeout }
if ($Kernel) {
    $machine.Kernel = $Kernel
    $machine.CommandLine = $CommandLine
    if ($Initrd) { $machine.Initrd = $Initrd }
}
else { $machine.Code = $Code }

$login = @{}
if ($UserName) { $login.UserName = $UserName }
if ($KeyFilePath) { $login.KeyFilePath = $KeyFilePath }
if ($SshOption) { $login.Options = $SshOption }

# A script block cannot go to another runspace, its text can.
$texts = @{ Transport = "$Transport"; Script = "$script" }
$hosts = [string[]][Collections.Generic.HashSet[string]]::new($HostName, [StringComparer]::OrdinalIgnoreCase)
$lost = [Collections.Generic.HashSet[string]]::new()
$left = [string[]]@(for ($n = 1; $n -le $Count; $n++) { "fleet$n" })
for ($round = 0; $left -and $round -le $RetryCount; $round++) {
    # A host that was lost is dealt to last, and in the last round only when there is no other.
    $turn = @($hosts | Where-Object { -not $lost.Contains($_) })
    if ($round -lt $RetryCount -or -not $turn) { $turn += @($hosts | Where-Object { $lost.Contains($_) }) }
    $shares = @(Get-Share $turn $left)
    $ended = [Collections.Generic.HashSet[string]]::new()
    $whole = [Collections.Generic.HashSet[string]]::new()
    $problems = @{}

    $shares | ForEach-Object -ThrottleLimit 64 -Parallel {
        $share = $_
        $run, $script = [scriptblock]::Create(($using:texts).Transport), [scriptblock]::Create(($using:texts).Script)
        try {
            & $run $share.HostName $using:login $script @($using:ModulePath, $share.Names, $using:machine) 2>&1 |
                ForEach-Object { [pscustomobject]@{ HostName = $share.HostName; Said = $_ } }
        }
        catch { [pscustomobject]@{ HostName = $share.HostName; Said = $_ } }
    } | ForEach-Object {
        $from, $said = $_.HostName, $_.Said
        if ($said -is [Management.Automation.ErrorRecord]) { $problems[$from] = @($problems[$from]) + $said }
        elseif ($said -is [string]) { $null = $whole.Add($from) }
        elseif ($ended.Add($said.VMName)) { ConvertTo-Row $from $said }
    }

    $left = [string[]]@(foreach ($share in $shares) {
            $said = @($problems[$share.HostName] | Where-Object { $_ })
            if ($whole.Contains($share.HostName)) {
                # The host did its work: what failed there is a machine, and would fail elsewhere.
                foreach ($problem in $said) { $PSCmdlet.WriteError($problem) }
                $null = $lost.Remove($share.HostName)
                continue
            }
            $null = $lost.Add($share.HostName)
            $rest = @($share.Names | Where-Object { -not $ended.Contains($_) })
            $PSCmdlet.WriteWarning("Host '$($share.HostName)' was lost, with $($rest.Count) of its $($share.Names.Count) machines not ended: $($said ? $said[-1] : 'it went silent.')")
            $rest
        })
}

if ($left) {
    $none = [InvalidOperationException]::new("$($left.Count) machines have not been run, since their hosts were lost: $($left -join ', ').")
    $PSCmdlet.WriteError([Management.Automation.ErrorRecord]::new($none, 'FleetHostsLost', 'ConnectionError', $left))
}
