<#
.SYNOPSIS
    Builds, tests and packs KvmPS for people with pwsh. `build.sh` does the same without it.
.DESCRIPTION
    Build    compiles everything and stages the module in out/KvmPS.
    Test     builds, then runs tests/Pester with Pester 5, or on the embedded engine where Pester is not installed.
    Docs     builds the help of the module from docs/cmdlets.
    Package  makes out/KvmPS.<version>.nupkg, which Install-PSResource takes.
    Bench    runs the benches; Argument goes to them.
.EXAMPLE
    ./build.ps1 -Task Test
#>
[CmdletBinding()]
param(
    [Parameter(Position = 0)]
    [ValidateSet('Build', 'Test', 'Docs', 'Package', 'Bench')]
    [string] $Task = 'Build',

    # Further words for the benches.
    [Parameter(ValueFromRemainingArguments)]
    [string[]] $Argument = @()
)

$ErrorActionPreference = 'Stop'
$PSNativeCommandUseErrorActionPreference = $true # a failed build ends the script
Set-Location -LiteralPath $PSScriptRoot

function Test-Module {
    $pester = Get-Module -ListAvailable -Name Pester | Where-Object Version -GE 5.0 | Sort-Object -Property Version -Bottom 1
    if (-not $pester) {
        Write-Warning 'Pester 5 is not installed (Install-PSResource Pester): the files run on the embedded engine.'
        dotnet run --project tests/PesterRunner --configuration Release --no-build -- tests/Pester
        return
    }

    Import-Module $pester
    $configuration = New-PesterConfiguration -Hashtable @{
        Run    = @{ Path = 'tests/Pester'; Throw = $true }
        Output = @{ Verbosity = 'Detailed' }
    }
    Invoke-Pester -Configuration $configuration
}

switch ($Task) {
    Build { ./build.sh build }
    Test { ./build.sh build; Test-Module }
    Docs { ./build.sh docs }
    Package { ./build.sh package }
    Bench { ./build.sh bench @Argument }
}
