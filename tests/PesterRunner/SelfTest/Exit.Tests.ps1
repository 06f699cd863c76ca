# Pester itself would end here without a word.
Describe 'A block' {
    It 'is run' { $true | Should -BeTrue }
    It 'leaves' { exit 0 }
    It 'is never run' { $true | Should -BeTrue }
}
