# Runs examples of help pages as if they were typed: each in a runspace and a folder of its own, statement by statement.
# The shells run it (kvmsh, or pwsh). Each subfolder of $Folder has an example.ps1. A line with the mark goes before an example's
# output, with its name, and one after it, with the number of errors that it wrote.
param([string]$Folder, [string]$Module)

$PSStyle.OutputRendering = 'PlainText'
$mark = [char]30
$device = $env:KVMPS_DEVICE
$limit = [timespan]::FromMinutes(4)
$isPwsh = [bool](Get-Command Out-String -ErrorAction Ignore) # without a terminal it takes 80 columns, whatever COLUMNS says

function Invoke-Statement($Runspace, [string]$Text) {
    $shell = [powershell]::Create($Runspace).AddScript($Text)
    $shell.Commands.Commands[0].MergeMyResults('Error', 'Output')
    $null = $shell.AddScript('process { if ($_ -is [System.Management.Automation.ErrorRecord]) { $errorsShown[0]++ }; $_ }')
    if ($isPwsh) { $null = $shell.AddCommand('Out-String').AddParameter('Stream').AddParameter('Width', [int]$env:COLUMNS) } else { $null = $shell.AddCommand('Out-Default') }
    try {
        $call = $shell.BeginInvoke()
        if (-not $call.AsyncWaitHandle.WaitOne($limit)) { $shell.Stop(); throw "It did not end within $limit." }
        foreach ($line in $shell.EndInvoke($call)) { [Console]::Out.WriteLine($line) }
    }
    finally { $shell.Dispose() }
}

foreach ($name in [System.Linq.Enumerable]::Order([string[]][System.IO.Directory]::GetDirectories($Folder))) {
    [Console]::Out.WriteLine("$mark$([System.IO.Path]::GetFileName($name))")
    $script = [System.IO.File]::ReadAllText("$name/example.ps1")
    [System.IO.File]::Delete("$name/example.ps1")
    $runspace = [runspacefactory]::CreateRunspace($Host, [initialsessionstate]::CreateDefault2())
    $runspace.Open()
    $errors = [int[]]@(0)
    try {
        $runspace.SessionStateProxy.SetVariable('errorsShown', $errors)
        $runspace.SessionStateProxy.SetVariable('ProgressPreference', 'SilentlyContinue')
        $null = $runspace.SessionStateProxy.Path.SetLocation($name)
        Invoke-Statement $runspace "Import-Module '$Module'"
        foreach ($statement in [System.Management.Automation.Language.Parser]::ParseInput($script, [ref]$null, [ref]$null).EndBlock.Statements) {
            Invoke-Statement $runspace $statement.Extent.Text
        }
    }
    catch {
        $errors[0]++
        $cause = $_.Exception.InnerException ? $_.Exception.InnerException : $_.Exception
        [Console]::Out.WriteLine("$($cause.Message)")
    }
    finally {
        $env:KVMPS_DEVICE = $device
        Invoke-Statement $runspace 'Get-KvmVM | Remove-KvmVM'
        $runspace.Dispose()
    }
    [Console]::Out.WriteLine("$mark$($errors[0])")
}
