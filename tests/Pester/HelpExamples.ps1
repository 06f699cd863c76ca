# The examples of the help pages: finding them, running them, comparing what they write with what their page shows.

$helpFixtures = [System.Management.Automation.Language.Parser]::ParseFile("$PSScriptRoot/HelpFixtures.psd1", [ref]$null, [ref]$null).
    Find({ $args[0] -is [System.Management.Automation.Language.HashtableAst] }, $false).SafeGetValue()

# The commands that every host has: those of the engine, and ours.
$coreCommands = [System.Collections.Generic.HashSet[string]]::new([StringComparer]::OrdinalIgnoreCase)
foreach ($type in [psobject].Assembly.GetTypes()) {
    foreach ($attribute in $type.GetCustomAttributes([System.Management.Automation.CmdletAttribute], $false)) { $null = $coreCommands.Add("$($attribute.VerbName)-$($attribute.NounName)") }
}

# Whether code calls a cmdlet that only pwsh has, or needs Pester itself.
function Test-NeedsPwsh([string]$Code) {
    if ($Code -match '(?m)^Import-Module Pester\b|^Describe ') { return $true }
    $commands = [System.Management.Automation.Language.Parser]::ParseInput($Code, [ref]$null, [ref]$null).FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)
    foreach ($command in $commands) {
        $name = $command.GetCommandName()
        if ($name -match '^\w+-\w+$' -and $name -notmatch '-Kvm' -and -not $coreCommands.Contains($name)) { return $true }
    }
    $false
}

# One example: Id (such as Get-KvmVM/2), Title, Code, Output (null when the page shows none), what it needs, and why it is not run here, if so.
function New-Example([string]$Id, [string]$Title, [string]$Code, [string[]]$Shown) {
    $fixture = $helpFixtures[$Id] ? $helpFixtures[$Id] : @{}
    $missing = $fixture.NeedsFile -and -not [System.IO.File]::Exists($fixture.NeedsFile)
    @{
        Id = $Id
        Title = $Title
        Code = $Code
        Output = $Shown.Count ? $Shown -join "`n" : $null
        Mask = @($fixture.Mask)
        Elsewhere = $fixture.Elsewhere
        NotRun = $missing ? "there is no $($fixture.NeedsFile)" : $fixture.NotRun
        NeedsPwsh = Test-NeedsPwsh $Code
        NeedsGuest = $Code.Contains('KVMPS_TEST_GUEST')
    }
}

# Every example of every page of a cmdlet.
function Get-HelpExample {
    foreach ($page in [System.Linq.Enumerable]::Order([string[]][System.IO.Directory]::GetFiles("$PSScriptRoot/../../docs/cmdlets", '*-Kvm*.md'))) {
        $text = [System.IO.File]::ReadAllText($page)
        $section = [regex]::Match($text, '(?s)\n## EXAMPLES\n(.*?)\n## PARAMETERS\n').Groups[1].Value
        foreach ($match in [regex]::Matches($section, '(?s)### Example (?<number>\d+): (?<title>[^\n]+)\n(?<body>.*?)(?=\n### Example|$)')) {
            $body = $match.Groups['body'].Value
            $code = [regex]::Matches($body, '(?s)```powershell\n(.*?)\n```').ForEach({ $_.Groups[1].Value }) -join "`n"
            $shown = [regex]::Matches($body, '(?s)```output\n(.*?)\n```').ForEach({ $_.Groups[1].Value })
            New-Example "$([System.IO.Path]::GetFileNameWithoutExtension($page))/$($match.Groups['number'].Value)" $match.Groups['title'].Value $code $shown
        }
    }
}

# Every piece of PowerShell in the about topics, numbered in each; its title is the heading above it. One that goes on from another has that before it.
function Get-TopicExample {
    foreach ($page in [System.Linq.Enumerable]::Order([string[]][System.IO.Directory]::GetFiles("$PSScriptRoot/../../docs/cmdlets", 'about_*.md'))) {
        $number, $before = 0, @{}
        foreach ($match in [regex]::Matches([System.IO.File]::ReadAllText($page), '(?m)^#+ (?<title>.+)$|(?s)^```powershell\n(?<code>.*?)\n```$(\s+^```output\n(?<shown>.*?)\n```$)?')) {
            if ($match.Groups['title'].Success) { $title = $match.Groups['title'].Value; continue }
            $id = "$([System.IO.Path]::GetFileNameWithoutExtension($page))/$((++$number))"
            $after = $before[$helpFixtures[$id] ? "$($helpFixtures[$id].After)" : '']
            $code = @($after.Code; $match.Groups['code'].Value).Where({ $_ }) -join "`n"
            $shown = @($after.Output; $match.Groups['shown'].Value).Where({ $_ })
            ($before[$id] = New-Example $id $title $code $shown)
        }
    }
}

# Those that a shell of the tests runs.
function Get-RunnableExample([switch]$NeedsPwsh, [switch]$NeedsGuest) {
    @(Get-HelpExample; Get-TopicExample).Where({ -not $_.Elsewhere -and -not $_.NotRun -and $_.NeedsPwsh -eq $NeedsPwsh -and $_.NeedsGuest -eq $NeedsGuest })
}

# The shell that runs examples: pwsh, when that runs the tests, else kvmsh.
function Get-ExampleShell {
    if ([System.IO.Path]::GetFileName([Environment]::ProcessPath) -eq 'pwsh') { return [Environment]::ProcessPath }
    foreach ($configuration in 'Release', 'Debug') {
        $shell = [System.IO.Path]::GetFullPath("$PSScriptRoot/../../src/KvmPS.Shell/bin/$configuration/net10.0/linux-x64/kvmsh")
        if ([System.IO.File]::Exists($shell)) { return $shell }
    }
    throw 'kvmsh is not built.'
}

# Runs examples in one process, and returns by id what each wrote (Text), how many errors (Errors), and its folder.
function Invoke-HelpExample([object[]]$Examples, [string]$Guest) {
    $root = [System.IO.Directory]::CreateTempSubdirectory().FullName
    try {
        for ($i = 0; $i -lt $Examples.Count; $i++) {
            $folder = [System.IO.Directory]::CreateDirectory("$root/$($i.ToString('d3'))").FullName
            [System.IO.File]::WriteAllText("$folder/example.ps1", $Examples[$i].Code)
            if ($Examples[$i].Code.Contains('./out/')) { $null = [System.IO.Directory]::CreateSymbolicLink("$folder/out", [System.IO.Path]::GetFullPath("$PSScriptRoot/../../out")) }
            if ($Examples[$i].Code.Contains('$PWD/tests/')) { $null = [System.IO.Directory]::CreateSymbolicLink("$folder/tests", [System.IO.Path]::GetFullPath("$PSScriptRoot/..")) }
        }
        $module = [System.IO.Path]::GetFullPath("$PSScriptRoot/../../out/KvmPS")
        $start = [System.Diagnostics.ProcessStartInfo]::new('sh')
        foreach ($word in '-c', 'out=$1; shift; exec "$@" >"$out" 2>&1 </dev/null', 'sh', "$root/out", (Get-ExampleShell), '-NoProfile', '-File', "$PSScriptRoot/HelpHost.ps1", $root, $module) {
            $start.ArgumentList.Add($word)
        }
        $start.Environment['KVMPS_TEST_GUEST'] = [System.IO.Path]::GetFullPath($Guest)
        $start.Environment['NO_COLOR'] = '1'
        $start.Environment['COLUMNS'] = '120'
        $process = [System.Diagnostics.Process]::Start($start)
        $process.WaitForExit()
        $text = [System.IO.File]::ReadAllText("$root/out")
        $results = @{}
        foreach ($match in [regex]::Matches($text, '(?s)\x1e(?<name>\d{3})\n(?<text>.*?)\x1e(?<errors>\d+)\n')) {
            $name = $match.Groups['name'].Value
            $results[$Examples[[int]$name].Id] = @{ Text = $match.Groups['text'].Value; Errors = [int]$match.Groups['errors'].Value; Folder = "$root/$name" }
        }
        if ($results.Count -ne $Examples.Count) { throw "The shell ended with $($process.ExitCode) after $($results.Count) of $($Examples.Count) examples. It wrote:`n$text" }
        $results
    }
    finally { [System.IO.Directory]::Delete($root, $true) }
}

# The lines of a text that say something, with what differs from run to run masked: times, ids, the folder, the width of columns.
function ConvertTo-Comparable([string]$Text, [System.Collections.IDictionary]$Folders, [string[]]$Mask) {
    foreach ($folder in $Folders.Keys) { $Text = $Text.Replace($folder, $Folders[$folder]) }
    foreach ($line in $Text.Split("`n")) {
        $line = $line -replace '\b\d+(\.\d+)? (ns|us|ms|s)\b', '# s' -replace '\b\d{1,2}/\d{1,2}/\d{4} [\d:]+(\s[AP]M)?', '#' -replace '\b(\d+\.)?\d\d:\d\d:\d\d(\.\d+)?\b', '#' -replace '\b[\da-f]{8}(-[\da-f]{4}){3}-[\da-f]{12}\b', '#'
        foreach ($pattern in $Mask) { if ($pattern) { $line = $line -replace $pattern, '#' } }
        $line = ($line -replace '-{2,}', '--' -replace '\s+', ' ').Trim()
        if ($line -and $line -ne '#') { $line }
    }
}

# Why what an example wrote is not what its page shows, or nothing.
function Get-ExampleProblem($Example, $Result, [string]$Guest) {
    if ($null -eq $Example.Output) {
        if ($Result.Errors) { return "$($Example.Id) fails:`n$($Result.Text)" }
        return
    }
    $expected = (ConvertTo-Comparable $Example.Output ([ordered]@{ '/home/me/guest' = '<guest>'; '/home/me' = '<folder>'; '/images' = '<folder>' }) $Example.Mask) -join "`n"
    $actual = (ConvertTo-Comparable $Result.Text ([ordered]@{ [System.IO.Path]::GetFullPath($Guest) = '<guest>'; $Result.Folder = '<folder>' }) $Example.Mask) -join "`n"
    if ($expected -cne $actual) { "$($Example.Id) shows:`n$expected`nand writes:`n$actual" }
}
