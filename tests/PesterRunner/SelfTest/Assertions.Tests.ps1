Describe 'Be' {
    It 'accepts an equal number' { 3 | Should -Be 3 }
    It 'refuses another number' { 4 | Should -Be 3 }
    It 'gives the reason' { 4 | Should -Be 3 -Because 'three is the number' }
    It 'ignores case' { 'ABC' | Should -Be 'abc' }
    It 'shows where strings differ' { 'abd' | Should -Be 'abc' }
    It 'shows that lengths differ' { 'abcd' | Should -Be 'abc' }
    It 'compares arrays' { 1, 2, 3 | Should -Be 1, 2, 3 }
    It 'refuses another array' { 1, 2, 4 | Should -Be 1, 2, 3 }
    It 'refuses a shorter array' { 1, 2 | Should -Be 1, 2, 3 }
    It 'compares nested arrays' { , (1, (2, 3)) | Should -Be (1, (2, 3)) }
    It 'takes nothing for null' { @() | Should -Be $null }
    It 'refuses null' { $null | Should -Be 1 }
    It 'refuses null as expectation' { 1 | Should -Be $null }
    It 'converts to the type of the expectation' { '3' | Should -Be 3 }
    It 'negates' { 3 | Should -Not -Be 4 }
    It 'refuses when negated' { 3 | Should -Not -Be 3 }
    It 'takes a parameter' { Should -Be 3 -ActualValue 3 }
    It 'shows a bool' { $true | Should -Be $false }
    It 'shows an empty string' { 1 | Should -Be '' }
    It 'shows a long array' { 1..12 | Should -Be 1 }
    It 'expands special characters' { "a`nb" | Should -Be "a`tb" }
}

Describe 'BeExactly' {
    It 'accepts' { 'abc' | Should -BeExactly 'abc' }
    It 'minds case' { 'ABC' | Should -BeExactly 'abc' }
    It 'refuses a number' { 1 | Should -BeExactly 2 }
    It 'refuses when negated' { 'abc' | Should -Not -BeExactly 'abc' }
}

Describe 'Truth' {
    It 'accepts true' { $true | Should -BeTrue }
    It 'accepts what counts as true' { 'x' | Should -BeTrue }
    It 'refuses false' { $false | Should -BeTrue }
    It 'refuses zero' { 0 | Should -BeTrue -Because 'zero is false' }
    It 'accepts false' { $false | Should -BeFalse }
    It 'refuses true' { 1 | Should -BeFalse }
    It 'negates' { $false | Should -Not -BeTrue }
    It 'refuses when negated' { $true | Should -Not -BeTrue }
}

Describe 'BeNullOrEmpty' {
    It 'accepts null' { $null | Should -BeNullOrEmpty }
    It 'accepts an empty string' { '' | Should -BeNullOrEmpty }
    It 'accepts an empty array' { @() | Should -BeNullOrEmpty }
    It 'accepts an empty hashtable' { @{} | Should -BeNullOrEmpty }
    It 'refuses a value' { 1 | Should -BeNullOrEmpty }
    It 'refuses an array' { 1, 2 | Should -BeNullOrEmpty }
    It 'refuses a space' { ' ' | Should -BeNullOrEmpty }
    It 'accepts when negated' { 'x' | Should -Not -BeNullOrEmpty }
    It 'refuses when negated' { '' | Should -Not -BeNullOrEmpty }
}

Describe 'Order' {
    It 'greater' { 2 | Should -BeGreaterThan 1 }
    It 'not greater' { 1 | Should -BeGreaterThan 1 }
    It 'greater or equal' { 1 | Should -BeGreaterOrEqual 1 }
    It 'not greater or equal' { 0 | Should -BeGreaterOrEqual 1 }
    It 'less' { 0 | Should -BeLessThan 1 }
    It 'not less' { 1 | Should -BeLessThan 1 }
    It 'less or equal' { 1 | Should -BeLessOrEqual 1 }
    It 'not less or equal' { 2 | Should -BeLessOrEqual 1 }
    It 'negated' { 1 | Should -Not -BeGreaterThan 1 }
    It 'refuses when negated' { 2 | Should -Not -BeGreaterThan 1 }
    It 'looks at each' { 2, 3 | Should -BeGreaterThan 1 }
    It 'refuses one of many' { 2, 0 | Should -BeGreaterThan 1 }
}

Describe 'Patterns' {
    It 'like' { 'Hello' | Should -BeLike 'h*' }
    It 'not like' { 'Hello' | Should -BeLike 'x*' }
    It 'refuses like when negated' { 'Hello' | Should -Not -BeLike 'h*' }
    It 'like exactly' { 'Hello' | Should -BeLikeExactly 'H*' }
    It 'not like exactly' { 'Hello' | Should -BeLikeExactly 'h*' }
    It 'match' { 'Hello' | Should -Match '^he' }
    It 'no match' { 'Hello' | Should -Match '^x' -Because 'it greets' }
    It 'refuses match when negated' { 'Hello' | Should -Not -Match '^he' }
    It 'match exactly' { 'Hello' | Should -MatchExactly '^He' }
    It 'no match exactly' { 'Hello' | Should -MatchExactly '^he' }
    It 'each must match' { 'ab', 'ac' | Should -Match '^a' }
}

Describe 'BeOfType' {
    It 'accepts' { 1 | Should -BeOfType [int] }
    It 'accepts a type' { 1 | Should -BeOfType ([int]) }
    It 'accepts a base type' { [System.IO.MemoryStream]::new() | Should -BeOfType System.IO.Stream }
    It 'refuses' { 1 | Should -BeOfType [string] }
    It 'refuses when negated' { 1 | Should -Not -BeOfType [int] }
    It 'refuses null' { $null | Should -BeOfType [int] }
    It 'fails on an unknown type' { 1 | Should -BeOfType No.Such.Type }
}

Describe 'Collections' {
    It 'contain' { 1, 2 | Should -Contain 2 }
    It 'do not contain' { 1, 2 | Should -Contain 3 }
    It 'refuse to contain when negated' { 1, 2 | Should -Not -Contain 2 }
    It 'have a count' { 1, 2 | Should -HaveCount 2 }
    It 'have another count' { 1, 2 | Should -HaveCount 3 }
    It 'have no items' { @() | Should -HaveCount 0 }
    It 'have items' { 1 | Should -HaveCount 0 }
    It 'have a single string' { 'a' | Should -HaveCount 2 }
    It 'do not contain with a single item' { 'a' | Should -Contain 'b' }
    It 'lack items' { @() | Should -HaveCount 1 }
    It 'refuse a count when negated' { 1, 2 | Should -Not -HaveCount 2 }
    It 'hold a value' { 1 | Should -BeIn 1, 2 }
    It 'do not hold a value' { 3 | Should -BeIn 1, 2 }
    It 'refuse to hold when negated' { 1 | Should -Not -BeIn 1, 2 }
}

Describe 'Throw' {
    It 'accepts' { { throw 'x' } | Should -Throw }
    It 'refuses when nothing is thrown' { { 1 } | Should -Throw }
    It 'accepts a message' { { throw 'some text' } | Should -Throw 'some*' }
    It 'accepts a named message' { { throw 'some text' } | Should -Throw -ExpectedMessage '*TEXT' }
    It 'accepts a type' { { throw [System.InvalidOperationException]::new('x') } | Should -Throw -ExceptionType ([System.InvalidOperationException]) }
    It 'accepts a base type' { { throw [System.InvalidOperationException]::new('x') } | Should -Throw -ExceptionType ([System.Exception]) }
    It 'accepts an id' { { Get-NoSuchThing } | Should -Throw -ErrorId 'CommandNotFoundException' }
    It 'accepts a method exception' { { [int]::Parse('x') } | Should -Throw -ExceptionType ([System.Management.Automation.MethodInvocationException]) }
    It 'returns the error' { ({ throw 'some text' } | Should -Throw -PassThru).Exception.Message | Should -Be 'some text' }
    It 'accepts when negated' { { 1 } | Should -Not -Throw }
    It 'shows a type' { [int] | Should -Be ([string]) }
    It 'shows a script block' { { 1 } | Should -Be 1 }
    It 'shows an object' { [pscustomobject]@{ A = 1 } | Should -Be 1 }
    It 'compares a list' { [System.Collections.Generic.List[int]](1, 2) | Should -Be 1, 2 }
    It 'compares with a list' { 1, 2 | Should -Be ([System.Collections.Generic.List[int]](1, 2)) }
    It 'fails without a script block' { 1 | Should -Throw }
    It 'runs in a scope of its own' { $x = 1; { $x = 2 } | Should -Not -Throw; $x | Should -Be 1 }
    It 'writes to the scope of the script' { $script:x = 1; { $script:x = 2 } | Should -Not -Throw; $script:x | Should -Be 2 }
    It 'does not take an error that ends nothing' { { & { [CmdletBinding()] param() $PSCmdlet.WriteError([System.Management.Automation.ErrorRecord]::new([System.Exception]::new('x'), 'Id', 'NotSpecified', $null)) } -ErrorAction Ignore } | Should -Not -Throw }
    It 'takes it with Stop' { { & { [CmdletBinding()] param() $PSCmdlet.WriteError([System.Management.Automation.ErrorRecord]::new([System.Exception]::new('x'), 'Id', 'NotSpecified', $null)) } -ErrorAction Stop } | Should -Throw -ErrorId 'Id*' }
}

Describe 'Exist' {
    It 'accepts a file' { $PSCommandPath | Should -Exist }
    It 'refuses what is not there' { '/no/such/file' | Should -Exist }
    It 'negates' { '/no/such/file' | Should -Not -Exist }
    It 'refuses when negated' { '/' | Should -Not -Exist }
}
