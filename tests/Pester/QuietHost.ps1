# A host that keeps what it is told, line by line, and can be asked nothing: a question is kept and is an error. Dot-source it in BeforeAll.
# Its methods run on whatever thread calls them: the runspace of the tests waits meanwhile.
[NoRunspaceAffinity()]
class QuietUI : System.Management.Automation.Host.PSHostUserInterface {
    [System.Collections.Concurrent.ConcurrentQueue[string]] $Lines = [System.Collections.Concurrent.ConcurrentQueue[string]]::new()
    [System.Collections.Concurrent.ConcurrentQueue[string]] $Questions = [System.Collections.Concurrent.ConcurrentQueue[string]]::new()

    [System.Management.Automation.Host.PSHostRawUserInterface] get_RawUI() { return $null }

    hidden [void] Refuse([string] $question) {
        $this.Questions.Enqueue($question)
        throw [System.InvalidOperationException]::new("This host was asked: $question")
    }

    [System.Collections.Generic.Dictionary[string, psobject]] Prompt([string] $caption, [string] $message, [System.Collections.ObjectModel.Collection[System.Management.Automation.Host.FieldDescription]] $descriptions) { $this.Refuse($message); return $null }
    [int] PromptForChoice([string] $caption, [string] $message, [System.Collections.ObjectModel.Collection[System.Management.Automation.Host.ChoiceDescription]] $choices, [int] $defaultChoice) { $this.Refuse($message); return 0 }
    [pscredential] PromptForCredential([string] $caption, [string] $message, [string] $userName, [string] $targetName) { $this.Refuse($message); return $null }
    [pscredential] PromptForCredential([string] $caption, [string] $message, [string] $userName, [string] $targetName, [System.Management.Automation.PSCredentialTypes] $types, [System.Management.Automation.PSCredentialUIOptions] $options) { $this.Refuse($message); return $null }
    [string] ReadLine() { $this.Refuse('for a line'); return $null }
    [securestring] ReadLineAsSecureString() { $this.Refuse('for a secret'); return $null }

    [void] Write([string] $value) { $this.Lines.Enqueue($value) }
    [void] Write([System.ConsoleColor] $foreground, [System.ConsoleColor] $background, [string] $value) { $this.Lines.Enqueue($value) }
    [void] WriteLine([string] $value) { $this.Lines.Enqueue($value) }
    [void] WriteErrorLine([string] $value) { $this.Lines.Enqueue($value) }
    [void] WriteDebugLine([string] $message) { $this.Lines.Enqueue($message) }
    [void] WriteVerboseLine([string] $message) { $this.Lines.Enqueue($message) }
    [void] WriteWarningLine([string] $message) { $this.Lines.Enqueue($message) }
    [void] WriteProgress([long] $sourceId, [System.Management.Automation.ProgressRecord] $record) { }
}

[NoRunspaceAffinity()]
class QuietHost : System.Management.Automation.Host.PSHost {
    [QuietUI] $Voice = [QuietUI]::new()
    [guid] $Key = [guid]::NewGuid()

    [string] get_Name() { return 'quiet' }
    [version] get_Version() { return [version]'1.0' }
    [guid] get_InstanceId() { return $this.Key }
    [System.Management.Automation.Host.PSHostUserInterface] get_UI() { return $this.Voice }
    [cultureinfo] get_CurrentCulture() { return [cultureinfo]::InvariantCulture }
    [cultureinfo] get_CurrentUICulture() { return [cultureinfo]::InvariantCulture }
    [void] EnterNestedPrompt() { }
    [void] ExitNestedPrompt() { }
    [void] NotifyBeginApplication() { }
    [void] NotifyEndApplication() { }
    [void] SetShouldExit([int] $exitCode) { }
}

# A runspace that talks to such a host, with the module imported.
function New-QuietRunspace($QuietHost) {
    $runspace = [runspacefactory]::CreateRunspace($QuietHost, [initialsessionstate]::CreateDefault2())
    $runspace.Open()
    $null = Invoke-InRunspace $runspace "Import-Module '$PSScriptRoot/../../out/KvmPS'"
    $runspace
}
