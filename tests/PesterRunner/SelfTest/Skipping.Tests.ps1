BeforeDiscovery { $yes = $true; $no = $false }
BeforeAll { $log = [System.Collections.Generic.List[string]]::new() }

Describe 'Tests' {
    It 'is skipped' -Skip { throw 'never' }
    It 'is skipped by a variable' -Skip:$yes { throw 'never' }
    It 'is not skipped by a variable' -Skip:$no { $true | Should -BeTrue }
    It 'skips itself' { Set-ItResult -Skipped -Because 'it wants to'; throw 'never' }
    It 'skips <_>' -Skip -ForEach 1, 2 { throw 'never' }
}

Describe 'Blocks' -Skip {
    BeforeAll { throw 'never' }
    It 'is skipped' { throw 'never' }
    Context 'inner' { It 'is skipped too' { throw 'never' } }
}

Describe 'Nothing but skipped tests' {
    BeforeAll { $log.Add('set up') }
    It 'is skipped' -Skip { throw 'never' }
}

Describe 'After that' {
    It 'no set-up has run' { $log | Should -Not -Contain 'set up' }
}
