# Every example of every help page and the code of every topic runs, and writes what its page shows.

BeforeDiscovery {
    . "$PSScriptRoot/HelpExamples.ps1"
    $noKvm = -not [System.IO.File]::Exists($env:KVMPS_DEVICE ? $env:KVMPS_DEVICE : '/dev/kvm')
    $noGuest = $noKvm -or -not [System.IO.File]::Exists("$($env:KVMPS_TEST_GUEST ? $env:KVMPS_TEST_GUEST : "$PSScriptRoot/../../../shared/guest")/vmlinux")
    $small = Get-RunnableExample
    $linux = Get-RunnableExample -NeedsGuest
    $smallPwsh = Get-RunnableExample -NeedsPwsh
    $linuxPwsh = Get-RunnableExample -NeedsPwsh -NeedsGuest
    $pieces = @(Get-HelpExample; Get-TopicExample)
    $notRun = $pieces.Where({ $_.NotRun })
    $topics = foreach ($page in [System.IO.Directory]::GetFiles("$PSScriptRoot/../../docs/cmdlets", 'about_*.md')) {
        $short = [regex]::Match([System.IO.File]::ReadAllText($page), '(?s)## Short description\n\n([^\n]+)').Groups[1].Value
        @{ Name = [System.IO.Path]::GetFileNameWithoutExtension($page); Short = $short }
    }
}

BeforeAll {
    . "$PSScriptRoot/HelpExamples.ps1"
    $guest = $env:KVMPS_TEST_GUEST ? $env:KVMPS_TEST_GUEST : "$PSScriptRoot/../../../shared/guest"
}

Describe 'Examples of small machines' -Skip:$noKvm {
    BeforeAll { $results = Invoke-HelpExample (Get-RunnableExample) $guest }

    It '<Id>: <Title>' -ForEach $small { Get-ExampleProblem $_ $results[$Id] $guest | Should -BeNullOrEmpty }
}

Describe 'Examples of Linux guests' -Skip:$noGuest {
    BeforeAll { $results = Invoke-HelpExample (Get-RunnableExample -NeedsGuest) $guest }

    It '<Id>: <Title>' -ForEach $linux { Get-ExampleProblem $_ $results[$Id] $guest | Should -BeNullOrEmpty }
}

Describe 'Examples of small machines with the cmdlets of pwsh' -Tag FullShell -Skip:$noKvm {
    BeforeAll { $results = Invoke-HelpExample (Get-RunnableExample -NeedsPwsh) $guest }

    It '<Id>: <Title>' -ForEach $smallPwsh { Get-ExampleProblem $_ $results[$Id] $guest | Should -BeNullOrEmpty }
}

Describe 'Examples of Linux guests with the cmdlets of pwsh' -Tag FullShell -Skip:$noGuest {
    BeforeAll { $results = Invoke-HelpExample (Get-RunnableExample -NeedsPwsh -NeedsGuest) $guest }

    It '<Id>: <Title>' -ForEach $linuxPwsh { Get-ExampleProblem $_ $results[$Id] $guest | Should -BeNullOrEmpty }
}

Describe 'Help pages' {
    BeforeAll { $all = @(Get-HelpExample) }

    It 'have examples of each cmdlet that do more than -WhatIf' {
        $names = [System.IO.Directory]::GetFiles("$PSScriptRoot/../../docs/cmdlets", '*-Kvm*.md').ForEach({ [System.IO.Path]::GetFileNameWithoutExtension($_) })
        foreach ($name in $names) {
            @($all.Where({ $_.Id -like "$name/*" -and $_.Code -replace "(?m)^.*\b$name\b.*-WhatIf\b.*$" -match "\b$name\b" })).Count | Should -BeGreaterThan 0 -Because "$name needs one"
        }
    }

    It 'name examples in the fixtures that there are' {
        $all = @($all; Get-TopicExample)
        foreach ($id in $helpFixtures.Keys) { $all.Id | Should -Contain $id }
    }
}

Describe 'The code of pages and topics' {
    BeforeAll { Import-Module "$PSScriptRoot/../../out/KvmPS" }

    It '<Id> parses, and each call of a cmdlet of ours binds' -ForEach $pieces {
        $problems = $null
        $script = [System.Management.Automation.Language.Parser]::ParseInput($Code, [ref]$null, [ref]$problems)
        $problems | Should -BeNullOrEmpty
        foreach ($call in $script.FindAll({ $args[0] -is [System.Management.Automation.Language.CommandAst] }, $true)) {
            if ($call.GetCommandName() -notlike '*-Kvm*') { continue }
            Get-Command $call.GetCommandName() | Should -Not -BeNullOrEmpty
            foreach ($wrong in [System.Management.Automation.Language.StaticParameterBinder]::BindCommand($call).BindingExceptions.Values) {
                # Which set it is may depend on what is piped, which nobody knows before it runs.
                if ($wrong.BindingException.ErrorId -ne 'AmbiguousParameterSet') { "$call`: $($wrong.BindingException)" | Should -BeNullOrEmpty }
            }
        }
    }

    foreach ($piece in $notRun) { It "$($piece.Id) is not run: $($piece.NotRun)" -Skip { } }
}

Describe 'Topic <Name>' -ForEach $topics {
    BeforeAll { $built = "$PSScriptRoot/../../out/KvmPS/en-US/$Name.help.txt" }

    It 'is in the help of the module' { [System.IO.File]::ReadAllText($built) | Should -Match ([regex]::Escape($Short)) }

    It 'is found by Get-Help' -Tag FullShell {
        Import-Module "$PSScriptRoot/../../out/KvmPS"
        Get-Help $Name | Should -Match ([regex]::Escape($Short))
    }
}
