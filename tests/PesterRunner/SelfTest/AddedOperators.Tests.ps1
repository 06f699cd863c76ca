BeforeAll {
    $beEven = { param($ActualValue, $Kind, [switch]$Negate, [string]$Because)
        $is = $ActualValue % 2 -eq 0
        [pscustomobject]@{ Succeeded = $is -ne [bool]$Negate; FailureMessage = "$ActualValue of kind '$Kind', '$Because'" } }
    Add-ShouldOperator -Name BeEven -Test $beEven
    Add-ShouldOperator -Name BeEven -Test $beEven

    function Get-Failure([scriptblock]$Script) {
        try { $null = & $Script } catch { return $_ }
    }
}

Describe 'An added operator' {
    It 'passes' { 2, 4 | Should -BeEven }
    It 'passes with -Not' { 3 | Should -Not -BeEven }
    It 'fails' { 2, 3 | Should -BeEven }
    It 'fails with -Not' { 2 | Should -Not -BeEven }
    It 'has its parameters, and the reason' {
        $failure = Get-Failure { 3 | Should -BeEven number -Because 'so' }
        $failure.Exception.Message | Should -Be "3 of kind 'number', 'so'"
        $failure.FullyQualifiedErrorId | Should -BeLike 'PesterAssertionFailed*'
    }
    It 'leaves the others what they are' { 1 | Should -Be 1 }
    It 'cannot become another one' { { Add-ShouldOperator -Name BeEven -Test { $true } } | Should -Throw '*multiple times*' }
}
