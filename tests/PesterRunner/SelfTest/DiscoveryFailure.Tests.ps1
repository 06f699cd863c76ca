Describe 'A block' {
    It 'is never run' { $true | Should -BeTrue }
    throw 'boom'
}
