Describe 'A block' {
    It 'has a parameter nobody knows' -Wonderful { $true | Should -BeTrue }
}
