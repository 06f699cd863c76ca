<#
.SYNOPSIS
Runs the smoke tests in Pester 5, and writes a report in which the failure bundles are attachments of the tests that failed.
.DESCRIPTION
Pester's own reports know no attachments. A test that fails leaves the lines of its bundle, "[[ATTACHMENT|path]]", in the data of its exception (Watch-Guest in
the suite); here they get into the report where its readers look for them: <system-out> of a JUnit test case (GitLab, Jenkins, Azure DevOps), <attachments> of an
NUnit 3 one. When the set-up of a block has failed, all tests of that block have the bundle. The exit code is the number of failures.
.PARAMETER Path
The test files, or their folders.
.PARAMETER ReportPath
The file for the report. An older one is overwritten.
.PARAMETER Format
JUnitXml or NUnit3.
.PARAMETER Root
Paths below this folder are written relative to it. GitLab wants them so; its jobs say where that is.
.EXAMPLE
./samples/SmokeTests/Invoke-SmokeTest.ps1 -ReportPath smoke.xml
#>
[CmdletBinding()]
param(
    [string[]] $Path = $PSScriptRoot,
    [string] $ReportPath = 'smoke.xml',
    [ValidateSet('JUnitXml', 'NUnit3')] [string] $Format = 'JUnitXml',
    [string] $Root = $env:CI_PROJECT_DIR
)

# The lines that a test's errors carry; when it was never run, those of the block that could not be set up.
function Get-AttachmentLine($Test) {
    $errors = @($Test.ErrorRecord)
    if (-not $Test.Executed) { for ($block = $Test.Block; $block; $block = $block.Parent) { $errors += $block.ErrorRecord } }
    foreach ($problem in $errors) {
        foreach ($line in $problem.Exception.Data['Attachments']) { $Root ? "$line".Replace("[[ATTACHMENT|$Root/", '[[ATTACHMENT|') : "$line" }
    }
}

function Add-Element([System.Xml.XmlElement] $Parent, [string] $Name, [string] $Text) {
    $element = $Parent.AppendChild($Parent.OwnerDocument.CreateElement($Name))
    if ($Text) { $element.InnerText = $Text }
    $element
}

$run = Invoke-Pester -Configuration @{ Run = @{ Path = $Path; PassThru = $true }; Output = @{ Verbosity = 'Detailed' } }
if ($Format -eq 'JUnitXml') {
    $report = $run | ConvertTo-JUnitReport
    $tests = $run.Tests | Group-Object { "$($_.Block.Root.BlockContainer.Item)`n$($_.ExpandedPath)" } -AsHashTable -AsString
    foreach ($case in $report.SelectNodes('//testcase')) {
        # Tests of one name share what was found of any of them.
        $lines = $tests["$($case.classname)`n$($case.name)"] | ForEach-Object { Get-AttachmentLine $_ } | Select-Object -Unique
        if ($lines) { $null = Add-Element $case 'system-out' -Text ($lines -join "`n") }
    }
}
else {
    # Pester writes a test's output into this format: with it, the lines get to their places, where the element for them is added.
    foreach ($test in $run.Tests) { $test.StandardOutput = @($test.StandardOutput) + @(Get-AttachmentLine $test) }
    $report = $run | ConvertTo-NUnitReport -Format NUnit3
    foreach ($case in $report.SelectNodes('//test-case[output]')) {
        $files = [regex]::Matches($case.SelectSingleNode('output').InnerText, '(?m)^\[\[ATTACHMENT\|(.+)\]\]\r?$')
        if (-not $files.Count) { continue }
        $list = Add-Element $case 'attachments'
        foreach ($file in $files) { $null = Add-Element (Add-Element $list 'attachment') 'filePath' -Text $file.Groups[1].Value }
    }
}

$report.Save($PSCmdlet.GetUnresolvedProviderPathFromPSPath($ReportPath))
exit [System.Math]::Min(100, $run.FailedCount + $run.FailedBlocksCount + $run.FailedContainersCount)
