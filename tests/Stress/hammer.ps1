# Several runspaces that do everything to the same few machines, by name, at random. Each is an administrator with a session of his own.
# Prints actions, refusals, faults (any error that is not a refusal, any exception, any cmdlet that does not return) and what was left
# over, as name=number; each fault again on a line of its own. Run by the tests for seconds and by the bench for a minute.
param(
    [Parameter(Mandatory)] [string] $Module,
    [int] $Seconds = 5,
    [int] $Runspaces = 8,
    [int] $Machines = 5,
    [int] $Seed = 1
)
$ErrorActionPreference = 'Stop'

$hand = {
    param($Module, $Milliseconds, $Machines, $Seed)
    $ErrorActionPreference = 'Stop'
    Import-Module $Module
    # Polls COM1 and resets itself when a byte comes.
    $code = [byte[]](0xBA, 0xFD, 0x03, 0xEC, 0xA8, 0x01, 0x74, 0xFB, 0xB0, 0xFE, 0xE6, 0x64, 0xEB, 0xFE)
    # An action more is a line more.
    $table = @(
        { New-KvmVM -Name $name -Code $code -MemoryBytes 4MB -InterruptController:($random.Next(2) -eq 0) }
        { Start-KvmVM $name }
        { Stop-KvmVM $name -TurnOff -Confirm:$false }
        { Stop-KvmVM $name -Force -Confirm:$false }
        { Suspend-KvmVM $name }
        { Resume-KvmVM $name }
        { Restart-KvmVM $name -Confirm:$false }
        { Restart-KvmVM $name -Graceful -Force -Confirm:$false }
        { Set-KvmVM $name -VcpuCount 1 -Confirm:$false }
        { Write-KvmSerial $name 'r' }
        { Wait-KvmVM $name -Timeout 0.01 }
        { Read-KvmSerial $name }
        { Get-KvmVM }
        { Get-KvmVcpu $name }
        { Remove-KvmVM $name -Confirm:$false }
    )
    $refusals = 'KvmVMInvalidState', 'KvmVMNotFound', 'KvmVMAlreadyExists', 'KvmVMRemoved', 'KvmVMNeverStarted', 'KvmVMEnded', 'KvmWaitTimeout'
    $random = [Random]::new($Seed)
    $clock = [Diagnostics.Stopwatch]::StartNew()
    $actions = 0
    $refused = 0
    $faults = [Collections.Generic.List[string]]::new()
    while ($clock.ElapsedMilliseconds -lt $Milliseconds) {
        $name = "hammer$($random.Next($Machines))"
        $action = $table[$random.Next($table.Count)]
        $actions++
        try {
            $null = . $action
        }
        catch {
            if ($refusals -contains $_.FullyQualifiedErrorId.Split(',')[0]) { $refused++ }
            else { $faults.Add("${action}: $($_.FullyQualifiedErrorId): $_") }
        }
    }
    @{ Actions = $actions; Refused = $refused; Faults = $faults }
}

Import-Module $Module
$sessions = foreach ($number in 1..$Runspaces) {
    $shell = [powershell]::Create([Management.Automation.Runspaces.InitialSessionState]::CreateDefault2())
    $null = $shell.AddScript($hand).AddArgument($Module).AddArgument(1000 * $Seconds).AddArgument($Machines).AddArgument($Seed + $number)
    @{ Shell = $shell; Handle = $shell.BeginInvoke() }
}
$faults = [Collections.Generic.List[string]]::new()
$actions = 0
$refused = 0
$patience = [TimeSpan]::FromSeconds($Seconds + 60)
$clock = [Diagnostics.Stopwatch]::StartNew()
foreach ($session in $sessions) {
    $rest = $patience - $clock.Elapsed
    if ($rest -lt [TimeSpan]::Zero) { $rest = [TimeSpan]::Zero }
    if (-not $session.Handle.AsyncWaitHandle.WaitOne($rest)) {
        $faults.Add('A cmdlet does not return.')
        continue
    }
    try {
        foreach ($result in $session.Shell.EndInvoke($session.Handle)) {
            $actions += $result.Actions
            $refused += $result.Refused
            $faults.AddRange([string[]]$result.Faults)
        }
    }
    catch {
        $faults.Add("A session ended: $_")
    }
    # Its machines stay, without an owner.
    $session.Shell.Dispose()
}
Get-KvmVM | Remove-KvmVM -Confirm:$false
$left = @(Get-KvmVM).Count
foreach ($link in [IO.Directory]::EnumerateFileSystemEntries('/proc/self/fd')) {
    if ([IO.FileInfo]::new($link).LinkTarget -like 'anon_inode:kvm*') { $left++ }
}
[Console]::Out.WriteLine("actions=$actions")
[Console]::Out.WriteLine("refused=$refused")
[Console]::Out.WriteLine("faults=$($faults.Count)")
[Console]::Out.WriteLine("left=$left")
foreach ($fault in $faults) { [Console]::Out.WriteLine("fault: $fault") }
