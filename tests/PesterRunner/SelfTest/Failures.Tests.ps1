BeforeAll { $log = [System.Collections.Generic.List[string]]::new() }

Describe 'A test' {
    It 'fails with an error' { throw 'boom' }
    It 'fails with a .NET error' { [int]::Parse('x') }
    It 'fails on an unknown command' { Get-NoSuchThing }
    It 'fails on an unknown operator' { { 1 | Should -BeWonderful } | Should -Throw -ExceptionType ([System.Management.Automation.ParameterBindingException]) }
    It 'stops at the first failure' { 1 | Should -Be 2; $log.Add('never') }
    It 'has not gone on' { $log | Should -Not -Contain 'never' }
    It 'fails with Stop' { $ErrorActionPreference = 'Stop'; Get-Command No-SuchCommand }
}

Describe 'BeforeAll' {
    BeforeAll { throw 'no set-up' }
    AfterAll { $log.Add('after failed set-up') }
    It 'fails all' { $log.Add('ran') }
    Context 'and below' { It 'fails too' { $log.Add('ran') } }
}

Describe 'After a failed BeforeAll' {
    It 'AfterAll has run' { $log | Should -Contain 'after failed set-up' }
    It 'and no test' { $log | Should -Not -Contain 'ran' }
}

Describe 'BeforeEach' {
    BeforeEach { throw 'no set-up' }
    AfterEach { $log.Add('after each') }
    It 'fails the test' { $log.Add('ran') }
}

Describe 'After a failed BeforeEach' {
    It 'AfterEach has run' { $log | Should -Contain 'after each' }
    It 'and not the test' { $log | Should -Not -Contain 'ran' }
}

Describe 'AfterEach' {
    AfterEach { throw 'no tear-down' }
    It 'fails the test' { $true | Should -BeTrue }
    It 'fails it once more' { 1 | Should -Be 2 }
}
