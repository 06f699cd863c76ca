# What about_KvmPS_Testing promises of BeforeAll and AfterAll, in Pester itself: no machine is left behind, and reports name the failure bundles.

BeforeDiscovery {
    $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm')

    # A suite as the topic shows it, with something wrong at one place; it tells $seen what its machine was doing there.
    function New-Suite([hashtable]$At) {
        @"
        BeforeDiscovery { $($At.BeforeDiscovery) }
        Describe 'Guest' {
            $($At.Describe)
            BeforeAll {
                `$vm = New-KvmVM -Name fixture -Code 0xeb, 0xfe
                Start-KvmVM `$vm
                $($At.BeforeAll)
            }
            AfterAll { Get-KvmVM fixture* | Remove-KvmVM; `$seen.Add('removed') }
            BeforeEach { $($At.BeforeEach) }
            It 'is there' { `$vm.State | Should -Be 'Running'; $($At.It) }
        }
"@
    }

    $throw = '$seen.Add((Get-KvmVM fixture*).State); throw "broken"'
    $failures = @(
        @{ Where = 'BeforeDiscovery'; Suite = New-Suite @{ BeforeDiscovery = 'throw "broken"' }; Seen = @(); Tests = 0 }
        @{ Where = 'the body of Describe'; Suite = New-Suite @{ Describe = 'throw "broken"' }; Seen = @(); Tests = 0 }
        @{ Where = 'the parser'; Suite = New-Suite @{ It = 'if (' }; Seen = @(); Tests = 0 }
        @{ Where = 'BeforeAll'; Suite = New-Suite @{ BeforeAll = $throw }; Seen = 'Running', 'removed'; Tests = 1 }
        @{ Where = 'BeforeEach'; Suite = New-Suite @{ BeforeEach = $throw }; Seen = 'Running', 'removed'; Tests = 1 }
        @{ Where = 'a test'; Suite = New-Suite @{ It = $throw }; Seen = 'Running', 'removed'; Tests = 1 }
    )

    $wait = '$seen.Add((Get-KvmVM fixture*).State); Wait-KvmVM $vm -Timeout 60; $seen.Add("went on")'
    $stops = @(
        @{ Where = 'BeforeAll'; Suite = New-Suite @{ BeforeAll = $wait } }
        @{ Where = 'BeforeEach'; Suite = New-Suite @{ BeforeEach = $wait } }
        @{ Where = 'a cmdlet of ours'; Suite = New-Suite @{ It = $wait } }
        @{ Where = 'a loop'; Suite = New-Suite @{ It = '$seen.Add("Running"); while ($true) { $null }' } }
    )
}

BeforeAll {
    . "$PSScriptRoot/Support.ps1"
    $folder = [System.IO.Path]::GetFullPath("$PSScriptRoot/../../out/KvmPS")
    $pester = (Get-Module Pester).Path

    # Runs a suite in a runspace of this process, whose machines are seen from here. Its Invoke-Pester is the command of that runspace.
    function Start-Suite([string]$Suite) {
        $file = "$TestDrive/$([guid]::NewGuid()).Tests.ps1"
        [System.IO.File]::WriteAllText($file, $Suite)
        $seen = [System.Collections.Concurrent.BlockingCollection[string]]::new()
        $runspace = New-TestRunspace
        $null = Invoke-InRunspace $runspace 'Import-Module $args[0]; $global:seen = $args[1]' $pester, $seen
        $script = 'Invoke-Pester -Configuration @{ Run = @{ Path = $args[0]; PassThru = $true }; Output = @{ Verbosity = "None" } }'
        $shell = [powershell]::Create($runspace).AddScript($script).AddArgument($file)
        [pscustomobject]@{ Shell = $shell; Call = $shell.BeginInvoke(); Seen = $seen }
    }

    # The end of a suite: what its Invoke-Pester wrote.
    function Wait-Suite($Running) {
        if (-not $Running.Call.AsyncWaitHandle.WaitOne(60000)) { throw 'The suite did not end.' }
        , $Running.Shell.EndInvoke($Running.Call)
    }

    # The next thing that a suite has told.
    function Read-Seen($Running) {
        $text = $null
        if (-not $Running.Seen.TryTake([ref]$text, 60000)) { throw 'The suite did not come so far.' }
        $text
    }

    # Runs a file in a pwsh of its own, and gives its exit code.
    function Invoke-Pwsh([string[]]$Words) {
        $start = [System.Diagnostics.ProcessStartInfo]::new([System.Environment]::ProcessPath)
        foreach ($word in @('-NoProfile', '-NonInteractive') + $Words) { $start.ArgumentList.Add($word) }
        $start.RedirectStandardOutput = $true
        $process = [System.Diagnostics.Process]::Start($start)
        $null = $process.StandardOutput.ReadToEnd()
        $process.WaitForExit()
        $process.ExitCode
    }
}

Describe 'A suite with BeforeAll and AfterAll' -Tag FullShell -Skip:$noKvm {
    AfterEach {
        $running.Shell.Runspace.Dispose()
        Get-KvmVM | Remove-KvmVM
    }

    It 'leaves no machine when <Where> fails' -ForEach $failures {
        $running = Start-Suite $Suite
        $run = (Wait-Suite $running)[0]
        $run.Result | Should -Be 'Failed'
        $run.FailedCount | Should -Be $Tests
        $running.Seen.ToArray() | Should -Be $Seen
        Get-KvmVM | Should -BeNullOrEmpty
    }

    It 'leaves no machine when it is stopped in <Where>' -ForEach $stops {
        $running = Start-Suite $Suite
        Read-Seen $running | Should -Be 'Running'
        (Get-KvmVM).Name | Should -Be 'fixture'
        $running.Shell.Stop()
        $running.Shell.InvocationStateInfo.State | Should -Be 'Stopped'
        $running.Seen.ToArray() | Should -Be 'removed'
        Get-KvmVM | Should -BeNullOrEmpty
    }
}

Describe 'Ctrl+C' -Tag FullShell -Skip:$noKvm {
    It 'ends a run in pwsh by way of its AfterAll' {
        $file, $log = "$TestDrive/interrupted.Tests.ps1", "$TestDrive/interrupted.log"
        [System.IO.File]::WriteAllText($file, @"
            Describe 'Guest' {
                BeforeAll {
                    Import-Module '$folder'
                    `$vm = New-KvmVM -Name interrupted -Code 0xeb, 0xfe
                    Start-KvmVM `$vm
                }
                AfterAll {
                    Get-KvmVM interrupted* | Remove-KvmVM
                    [System.IO.File]::AppendAllText('$log', "`$(`$vm.ExitReason), `$(@(Get-KvmVM).Count) left")
                }
                It 'waits' {
                    [System.Console]::WriteLine('waits')
                    Wait-KvmVM `$vm -Timeout 60
                    [System.IO.File]::AppendAllText('$log', 'went on, ')
                }
            }
"@)
        $start = [System.Diagnostics.ProcessStartInfo]::new([System.Environment]::ProcessPath)
        foreach ($word in '-NoProfile', '-Command', "Import-Module '$pester'; Invoke-Pester '$file' -Output None") { $start.ArgumentList.Add($word) }
        $start.RedirectStandardOutput = $true
        $process = [System.Diagnostics.Process]::Start($start)
        while (($line = $process.StandardOutput.ReadLine()) -ne 'waits') { if ($null -eq $line) { throw 'The run has ended.' } }
        [System.Diagnostics.Process]::Start('kill', "-INT $($process.Id)").WaitForExit()
        $process.WaitForExit(60000) | Should -BeTrue
        [System.IO.File]::ReadAllText($log) | Should -BeExactly 'TurnedOff, 0 left'
    }
}

Describe 'Invoke-SmokeTest.ps1' -Tag FullShell -Skip:$noKvm {
    BeforeAll {
        $sample = [System.IO.Path]::GetFullPath("$PSScriptRoot/../../samples/SmokeTests")
        # The function of the sample, as it stands there.
        $watch = [System.Management.Automation.Language.Parser]::ParseFile("$sample/SmokeTests.Tests.ps1", [ref]$null, [ref]$null).
            Find({ $args[0] -is [System.Management.Automation.Language.FunctionDefinitionAst] -and $args[0].Name -eq 'Watch-Guest' }, $true)
        $file = "$TestDrive/failing.Tests.ps1"
        [System.IO.File]::WriteAllText($file, @"
            Describe '<name>' -ForEach @{ name = 'one'; breaks = `$false }, @{ name = 'two'; breaks = `$true } {
                BeforeAll {
                    Import-Module '$folder'
                    `$failures = '$TestDrive/bundles'
                    $watch
                    `$vm = New-KvmVM -Name `$name -Code 0xeb, 0xfe
                    Start-KvmVM `$vm
                    Watch-Guest { if (`$breaks) { throw 'broken' } }
                }
                AfterAll { Get-KvmVM one, two -ErrorAction Ignore | Remove-KvmVM }
                It 'passes' { Watch-Guest { `$vm | Should -BeKvmState Running } }
                It 'fails' { Watch-Guest { `$vm | Should -BeKvmState Off } }
            }
"@)
        # Runs the suite for a report, which is judged by Pester's own schema for it, and returns it.
        function Get-Report([string]$Format, [string]$Schema, [string[]]$More = @()) {
            $words = '-File', "$sample/Invoke-SmokeTest.ps1", '-Path', $file, '-ReportPath', "$TestDrive/$Format.xml", '-Format', $Format
            Invoke-Pwsh ($words + $More) | Should -Be 4 # one test of the first block, both of the second, and the second itself
            $report = [xml]::new()
            $report.Schemas.XmlResolver = [System.Xml.XmlUrlResolver]::new() # a schema is in several files
            $null = $report.Schemas.Add($null, "$([System.IO.Path]::GetDirectoryName($pester))/schemas/$Schema")
            $report.Load("$TestDrive/$Format.xml")
            # Pester's copy of the schema has the attachments one level too deep: NUnit writes them into the test case, after everything that Pester writes.
            foreach ($list in $report.SelectNodes('//attachments')) { $list.NextSibling | Should -BeNull; $null = $list.ParentNode.RemoveChild($list) }
            $report.Validate($null)
            $report.Load("$TestDrive/$Format.xml")
            $report
        }
    }

    It 'puts the lines of the bundles into the test cases of a JUnit report' {
        $cases = (Get-Report JUnitXml JUnit4/junit_schema_4.xsd).SelectNodes('//testcase')
        $cases.Count | Should -Be 4
        $cases[0].status, $cases[0].'system-out' | Should -Be 'Passed', $null
        foreach ($case in $cases[1..3]) {
            $case.status | Should -Be 'Failed'
            $lines = $case.'system-out'.Split("`n")
            $lines.Count | Should -Be 6
            foreach ($line in $lines) {
                $line | Should -Match '^\[\[ATTACHMENT\|/.+\]\]$'
                $line.Substring(13, $line.Length - 15) | Should -Exist
            }
        }
        $cases[1].'system-out' | Should -BeLike '*/bundles/one/console.log]]*'
        $cases[2].'system-out' | Should -BeLike '*/bundles/two/registers.json]]*'
    }

    It 'writes paths below the root of a job relative to it' {
        $cases = (Get-Report JUnitXml JUnit4/junit_schema_4.xsd '-Root', "$TestDrive").SelectNodes('//testcase')
        $cases[1].'system-out'.Split("`n")[0] | Should -Match '^\[\[ATTACHMENT\|bundles/one(-\d)?/console\.log\]\]$'
    }

    It 'makes attachments of an NUnit report of them' {
        $report = Get-Report NUnit3 NUnit3/TestResult.xsd
        $files = $report.SelectNodes('//test-case[@result="Failed"]/attachments/attachment/filePath')
        $files.Count | Should -Be 18
        foreach ($each in $files) { $each.InnerText | Should -Exist }
        $report.SelectNodes('//test-case[@result="Passed"]/attachments').Count | Should -Be 0
    }
}
