# Pester would forget the first one.
Describe 'A block' {
    BeforeAll { $first = 1 }
    BeforeAll { $second = 2 }
    It 'is never run' { $first | Should -Be 1 }
}
