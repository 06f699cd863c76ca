# What several test files need. Dot-source it in BeforeAll.
Import-Module "$PSScriptRoot/../../out/KvmPS"

# The device that the tests were started with; whoever names another one puts this back.
$kvmDevice = $env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm'

# A wait for what never comes fails its test soon.
$PSDefaultParameterValues = @{ 'Wait-KvmSerial:Timeout' = 60 }

# The bytes of one of the programs in tests/Guests.
function Get-GuestCode([string]$Name) { , [System.IO.File]::ReadAllBytes("$PSScriptRoot/../Guests/$Name/$Name.bin") }

# Machine code that enables the power button (port 0x602, bit 8), says so by a letter, and heeds no press: it jumps to itself.
[byte[]]$deafCode = 0xba, 0x02, 0x06, 0xb8, 0x00, 0x01, 0xef, 0xba, 0xf8, 0x03, 0xb0, 0x41, 0xee, 0xeb, 0xfe

# What comes out of a CLIXML file, or out of another process.
function ConvertTo-Deserialized($InputObject) {
    [System.Management.Automation.PSSerializer]::Deserialize([System.Management.Automation.PSSerializer]::Serialize($InputObject))
}

# A runspace beside this one, with the module imported.
function New-TestRunspace {
    $runspace = [runspacefactory]::CreateRunspace([initialsessionstate]::CreateDefault2())
    $runspace.Open()
    $null = Invoke-InRunspace $runspace "Import-Module '$PSScriptRoot/../../out/KvmPS'"
    $runspace
}

# Runs a script in a runspace and returns what it wrote; its errors are thrown.
function Invoke-InRunspace($Runspace, [string]$Script, [object[]]$Arguments) {
    $shell = [powershell]::Create($Runspace).AddScript($Script)
    foreach ($argument in $Arguments) { $null = $shell.AddArgument($argument) }
    try {
        $output = $shell.Invoke()
        if ($shell.HadErrors -and $shell.Streams.Error.Count) { throw $shell.Streams.Error[0] }
        $output
    }
    finally { $shell.Dispose() }
}

# Runs a script in a new runspace without waiting for it, once its wait shows progress. Stop() and Streams are the caller's.
function Start-Waiting([string]$Script, [object[]]$Arguments) {
    $shell = [powershell]::Create((New-TestRunspace)).AddScript($Script)
    foreach ($argument in $Arguments) { $null = $shell.AddArgument($argument) }
    $call = $shell.BeginInvoke()
    while ($shell.Streams.Progress.Count -eq 0 -and -not $call.IsCompleted) { [System.Threading.Thread]::Sleep(10) }
    [pscustomobject]@{ Shell = $shell; Call = $call; Progress = $shell.Streams.Progress.Count }
}

# The end of such a wait: its output. A wait that never ends fails the test instead of hanging the run.
function Complete-Waiting($Waiting) {
    if (-not $Waiting.Call.AsyncWaitHandle.WaitOne(60000)) { throw 'The wait did not end.' }
    try { $Waiting.Shell.EndInvoke($Waiting.Call) } finally { $Waiting.Shell.Runspace.Dispose() }
}
