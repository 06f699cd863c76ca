$atDiscovery = 'seen'
BeforeDiscovery { $cases = 1, 2 }
BeforeAll {
    $outer = 'outer'
    $script:shared = 0
    function Get-Answer { 42 }
    $log = [System.Collections.Generic.List[string]]::new()
}

AfterAll { $log.Add('root after') }

Describe 'Variables' {
    BeforeAll { $inner = 'inner' }

    It 'of the file are visible' { $outer | Should -Be 'outer' }
    It 'of the block are visible' { $inner | Should -Be 'inner' }
    It 'of discovery are not' { $atDiscovery | Should -BeNullOrEmpty }
    It 'of discovery are not, in BeforeDiscovery either' { $cases | Should -BeNullOrEmpty }
    It 'of a function' { Get-Answer | Should -Be 42 }
    It 'set in a test' { $leak = 1; $inner = 'changed'; $leak | Should -Be 1 }
    It 'do not leak into the next test' { $leak | Should -BeNullOrEmpty; $inner | Should -Be 'inner' }
    It 'of the script scope are shared' { $script:shared++; $script:shared | Should -Be 1 }
    It 'of the script scope stay' { $script:shared++; $script:shared | Should -Be 2 }
    It 'know the file' { $PSScriptRoot | Should -Not -BeNullOrEmpty; [System.IO.Path]::GetFileName($PSCommandPath) | Should -Be 'Phases.Tests.ps1' }

    Context 'inside' {
        BeforeAll { $inner = 'deeper' }
        It 'hide the outer ones' { $inner | Should -Be 'deeper'; $outer | Should -Be 'outer' }
    }

    Context 'beside' {
        It 'are as they were' { $inner | Should -Be 'inner' }
    }
}

Describe 'Order' {
    BeforeAll { $log.Clear(); $log.Add('all') }
    BeforeEach { $log.Add('each'); $fresh = 1 }
    AfterEach { $log.Add("after $fresh") }

    It 'first' { $log -join ' ' | Should -Be 'all each'; $fresh = 2 }
    It 'second' { $log -join ' ' | Should -Be 'all each after 2 each'; $fresh | Should -Be 1 }

    Context 'deeper' {
        BeforeEach { $log.Add('inner each') }
        AfterEach { $log.Add('inner after') }
        It 'third' { $log[-2] | Should -Be 'each'; $log[-1] | Should -Be 'inner each' }
        It 'fourth' { ($log -join ' ') | Should -BeLike '*inner each inner after after 1 each inner each' }
    }
}

Describe 'Data' {
    It 'number <_>' -ForEach $cases { $_ | Should -BeGreaterThan 0 }
    It 'named <name> is <value>' -TestCases @(
        @{ Name = 'one'; Value = 1 }
        @{ Name = 'two'; Value = 2 }
    ) { $value | Should -BeIn 1, 2; $_.Name | Should -Be $name }
    It 'takes parameters <a>' -ForEach @(@{ A = 1; B = 2 }) { param($B, $A) "$A$B" | Should -Be '12' }
    It 'property <_.Name> of <_.Inner.Deep>' -ForEach @(@{ Name = 'n'; Inner = @{ Deep = 'd' } }) { $_.Inner.Deep | Should -Be 'd' }
    It 'nothing for no case <_>' -ForEach @() { throw 'never' }
    It 'a string <_.Length>' -ForEach 'abc', 'de' { $_.Length | Should -BeIn 2, 3 }
    It 'keeps `<this> and $that and "these"' { $true | Should -BeTrue }

    Context 'block <_>' -ForEach 'x', 'y' {
        BeforeAll { $copy = $_ }
        It 'sees <_>' { $_ | Should -Be $copy }
        It 'sees it beside its own <item>' -ForEach @(@{ Item = 1 }) { $copy | Should -BeIn 'x', 'y'; $_.Item | Should -Be 1 }
    }

    Context 'keys <key>' -ForEach @(@{ Key = 'k' }) {
        BeforeAll { $fromKey = "$key!" }
        It 'are variables' { $fromKey | Should -Be 'k!'; $key | Should -Be 'k' }
    }
}

Describe 'Loops in <_>' -ForEach 'discovery' {
    foreach ($n in 1..2) { It "makes test $n" -ForEach @{ N = $n } { $n | Should -BeIn 1, 2 } }
}

Describe 'Leaving' {
    It 'returns' { return; throw 'never' }
    It 'breaks' { break; throw 'never' }
    It 'continues' { continue; throw 'never' }
    It 'goes on' { $true | Should -BeTrue }
}
