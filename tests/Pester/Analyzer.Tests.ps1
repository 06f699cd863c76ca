# What PSScriptAnalyzer says of our scripts by the rules of the PowerShell Gallery, where it is installed.

BeforeDiscovery {
    $hasAnalyzer = [bool](Get-Command Invoke-ScriptAnalyzer -ErrorAction Ignore)
    $root = [System.IO.Path]::GetFullPath("$PSScriptRoot/../..")
    # Test files are judged by fewer rules: a variable of BeforeAll or BeforeDiscovery is used in other blocks, which the rule does not see; functions that
    # make something for one test need no -WhatIf; and those of three words are read more easily by position.
    $tests = 'PSUseDeclaredVarsMoreThanAssignments', 'PSUseShouldProcessForStateChangingFunctions', 'PSAvoidUsingPositionalParameters'
    $places = @(
        @{ Place = 'samples'; Path = "$root/samples"; Without = @() }
        @{ Place = 'tests/Pester'; Path = "$root/tests/Pester"; Without = $tests }
        @{ Place = 'build.ps1'; Path = "$root/build.ps1"; Without = @() }
        @{ Place = 'the manifest'; Path = "$root/out/KvmPS/KvmPS.psd1"; Without = @() }
    )
}

Describe 'PSScriptAnalyzer' -Tag FullShell -Skip:(-not $hasAnalyzer) {
    It 'has nothing to say of <Place>' -ForEach $places {
        $found = Invoke-ScriptAnalyzer -Path $Path -Recurse -Settings PSGallery -ExcludeRule $Without -ErrorAction Stop
        $found | ForEach-Object { "$($_.ScriptName):$($_.Line): $($_.RuleName): $($_.Message)" } | Should -BeNullOrEmpty
    }

    It 'is told of what breaks a rule' {
        [System.IO.File]::WriteAllText("$TestDrive/wrong.ps1", 'function Frobnicate-Things { ls }')
        (Invoke-ScriptAnalyzer -Path "$TestDrive/wrong.ps1" -Settings PSGallery).RuleName | Should -Contain 'PSUseApprovedVerbs'
    }
}
