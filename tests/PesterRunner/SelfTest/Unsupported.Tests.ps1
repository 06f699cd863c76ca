# What only the runner does: words of Pester that it does not know are errors, and tests for the full shell are skipped.
Describe 'Unknown words' {
    It 'fails on Mock' { Mock Get-Command { 1 } }
    It 'fails on InModuleScope' { InModuleScope KvmPS { 1 } }
    It 'fails on Should -Invoke' { Should -Invoke Get-Command }
    It 'fails on Should -ErrorAction' { 1 | Should -Be 1 -ErrorAction Continue }
    It 'fails on Set-ItResult -Inconclusive' { Set-ItResult -Inconclusive }
    It 'fails on a block inside a test' { Context 'x' { It 'y' { 1 } } }
    It 'fails on a cmdlet of the full shell' { Start-Sleep 1 }
}

Describe 'FullShell' -Tag FullShell {
    It 'is skipped' { throw 'never' }
}

Describe 'Part of a block' {
    It 'is skipped' -Tag FullShell { throw 'never' }
    It 'is not' { $true | Should -BeTrue }
}
