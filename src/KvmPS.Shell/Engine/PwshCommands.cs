using System.Collections.Frozen;

namespace KvmPS.Shell.Engine;

/// <summary>The commands of the modules that are part of pwsh 7.6 on Linux but not of its engine, and what the language offers in their place.</summary>
internal static class PwshCommands
{
    private static readonly FrozenDictionary<string, string> Modules = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["Microsoft.PowerShell.Archive"] = "Compress-Archive Expand-Archive",
        ["Microsoft.PowerShell.Host"] = "Start-Transcript Stop-Transcript",
        ["Microsoft.PowerShell.Management"] = """
            Add-Content Clear-Content Clear-Item Clear-ItemProperty Convert-Path Copy-Item Copy-ItemProperty Debug-Process Get-ChildItem Get-Clipboard
            Get-Content Get-Item Get-ItemProperty Get-ItemPropertyValue Get-Location Get-Process Get-PSDrive Get-PSProvider Get-TimeZone Invoke-Item
            Join-Path Move-Item Move-ItemProperty New-Item New-ItemProperty New-PSDrive Pop-Location Push-Location Remove-Item Remove-ItemProperty
            Remove-PSDrive Rename-Item Rename-ItemProperty Resolve-Path Restart-Computer Set-Clipboard Set-Content Set-Item Set-ItemProperty Set-Location
            Split-Path Start-Process Stop-Computer Stop-Process Test-Connection Test-Path Wait-Process
            """,
        ["Microsoft.PowerShell.Security"] = """
            ConvertFrom-SecureString ConvertTo-SecureString Get-CmsMessage Get-Credential Get-ExecutionPolicy Get-PfxCertificate Protect-CmsMessage
            Set-ExecutionPolicy Unprotect-CmsMessage
            """,
        ["Microsoft.PowerShell.ThreadJob"] = "Start-ThreadJob",
        ["Microsoft.PowerShell.Utility"] = """
            Add-Member Add-Type Clear-Variable Compare-Object ConvertFrom-CliXml ConvertFrom-Csv ConvertFrom-Json ConvertFrom-Markdown
            ConvertFrom-StringData ConvertTo-CliXml ConvertTo-Csv ConvertTo-Html ConvertTo-Json ConvertTo-Xml Debug-Runspace Disable-PSBreakpoint
            Disable-RunspaceDebug Enable-PSBreakpoint Enable-RunspaceDebug Export-Alias Export-Clixml Export-Csv Export-FormatData Export-PSSession
            Format-Custom Format-Hex Format-List Format-Table Format-Wide Get-Alias Get-Culture Get-Date Get-Error Get-Event Get-EventSubscriber
            Get-FileHash Get-FormatData Get-Host Get-MarkdownOption Get-Member Get-PSBreakpoint Get-PSCallStack Get-Random Get-Runspace
            Get-RunspaceDebug Get-SecureRandom Get-TraceSource Get-TypeData Get-UICulture Get-Unique Get-Uptime Get-Variable Get-Verb Group-Object
            Import-Alias Import-Clixml Import-Csv Import-LocalizedData Import-PowerShellDataFile Import-PSSession Invoke-Expression Invoke-RestMethod
            Invoke-WebRequest Join-String Measure-Command Measure-Object New-Alias New-Event New-Guid New-Object New-TemporaryFile New-TimeSpan
            New-Variable Out-File Out-String Read-Host Register-EngineEvent Register-ObjectEvent Remove-Alias Remove-Event Remove-PSBreakpoint
            Remove-TypeData Remove-Variable Select-Object Select-String Select-Xml Send-MailMessage Set-Alias Set-Date Set-MarkdownOption
            Set-PSBreakpoint Set-TraceSource Set-Variable Show-Markdown Sort-Object Start-Sleep Tee-Object Trace-Command Unblock-File
            Unregister-Event Update-FormatData Update-List Update-TypeData Wait-Debugger Wait-Event Write-Debug Write-Error Write-Host
            Write-Information Write-Output Write-Progress Write-Verbose Write-Warning
            """,
    }
        .SelectMany(module => module.Value.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries), (module, command) => (command, module.Key))
        .ToFrozenDictionary(pair => pair.command, pair => pair.Key, StringComparer.OrdinalIgnoreCase);

    private static readonly FrozenDictionary<string, string> Alternatives = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase)
    {
        ["Add-Content"] = "[IO.File]::AppendAllText()",
        ["Add-Member"] = "$object.PSObject.Members.Add()",
        ["Copy-Item"] = "[IO.File]::Copy()",
        ["ConvertFrom-Json"] = "[Text.Json.JsonDocument]::Parse()",
        ["ConvertTo-Json"] = "[Text.Json.JsonSerializer]::Serialize()",
        ["Format-List"] = "the default output",
        ["Format-Table"] = "the default output",
        ["Get-ChildItem"] = "[IO.Directory]::GetFileSystemEntries()",
        ["Get-Content"] = "[IO.File]::ReadAllLines()",
        ["Get-Date"] = "[datetime]::Now",
        ["Get-FileHash"] = "[Security.Cryptography.SHA256]::HashData()",
        ["Get-Item"] = "[IO.FileInfo]::new()",
        ["Get-Location"] = "$PWD",
        ["Get-Member"] = "$object.PSObject.Members",
        ["Get-Process"] = "[Diagnostics.Process]::GetProcesses()",
        ["Get-Random"] = "[Random]::Shared.Next()",
        ["Get-Variable"] = "$ExecutionContext.SessionState.PSVariable.Get()",
        ["Group-Object"] = "a hashtable",
        ["Invoke-Expression"] = "[scriptblock]::Create()",
        ["Join-Path"] = "[IO.Path]::Combine()",
        ["Measure-Command"] = "[Diagnostics.Stopwatch]::StartNew()",
        ["Measure-Object"] = "the Count property or a loop",
        ["Move-Item"] = "[IO.File]::Move()",
        ["New-Guid"] = "[guid]::NewGuid()",
        ["New-Item"] = "[IO.Directory]::CreateDirectory() or [IO.File]::Create()",
        ["New-Object"] = "[Type]::new()",
        ["New-TemporaryFile"] = "[IO.Path]::GetTempFileName()",
        ["New-TimeSpan"] = "[timespan]::new()",
        ["Out-File"] = "[IO.File]::WriteAllLines()",
        ["Out-String"] = "-join, or a file to give a program its input (the engine needs Out-String to pipe into one)",
        ["Read-Host"] = "$Host.UI.ReadLine()",
        ["Remove-Item"] = "[IO.File]::Delete()",
        ["Resolve-Path"] = "$ExecutionContext.SessionState.Path.GetResolvedPSPathFromPSPath()",
        ["Select-Object"] = "an index such as $list[0..4], or [pscustomobject]@{}",
        ["Select-String"] = "the -match operator",
        ["Set-Content"] = "[IO.File]::WriteAllText()",
        ["Set-Location"] = "$ExecutionContext.SessionState.Path.SetLocation()",
        ["Set-Variable"] = "$ExecutionContext.SessionState.PSVariable.Set()",
        ["Sort-Object"] = "[Linq.Enumerable]::Order() or [array]::Sort()",
        ["Split-Path"] = "[IO.Path]::GetDirectoryName()",
        ["Start-Process"] = "the & operator",
        ["Start-Sleep"] = "[Threading.Thread]::Sleep()",
        ["Start-ThreadJob"] = "ForEach-Object -Parallel -AsJob",
        ["Test-Path"] = "[IO.Path]::Exists()",
        ["Write-Debug"] = "$Host.UI.WriteDebugLine()",
        ["Write-Error"] = "throw",
        ["Write-Host"] = "$Host.UI.WriteLine()",
        ["Write-Information"] = "$Host.UI.WriteLine()",
        ["Write-Output"] = "the expression alone",
        ["Write-Verbose"] = "$Host.UI.WriteVerboseLine()",
        ["Write-Warning"] = "$Host.UI.WriteWarningLine()",
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The module of pwsh that has the command, or null if pwsh has no such command either.</summary>
    public static string? ModuleOf(string command) => Modules.GetValueOrDefault(command);

    /// <summary>What to write in place of the command, or null when there is no short answer.</summary>
    public static string? AlternativeTo(string command) => Alternatives.GetValueOrDefault(command);
}
