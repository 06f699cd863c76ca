using System.Collections.ObjectModel;
using System.Management.Automation;
using System.Management.Automation.Host;
using System.Security;

namespace KvmPS.Shell.Host;

/// <summary>Renders every stream on the console as pwsh does: errors on standard error, all others on standard output.</summary>
internal sealed class KvmshUserInterface(ConsoleOutput output, Prompter prompter) : PSHostUserInterface
{
    /// <inheritdoc/>
    public override PSHostRawUserInterface RawUI { get; } = new KvmshRawUserInterface();

    /// <inheritdoc/>
    public override bool SupportsVirtualTerminal => Terminal.OutputHasColor;

    /// <inheritdoc/>
    public override void Write(string value) => output.Write(value);

    /// <inheritdoc/>
    public override void Write(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) =>
        output.Write(AnsiColor.Set(foregroundColor, backgroundColor) + value + AnsiColor.Reset);

    /// <inheritdoc/>
    public override void WriteLine(string value) => output.Write(value + Environment.NewLine);

    /// <summary>Like the base method, but ends the line after the colours do, so that a background colour does not run into the next line.</summary>
    public override void WriteLine(ConsoleColor foregroundColor, ConsoleColor backgroundColor, string value) =>
        output.Write(AnsiColor.Set(foregroundColor, backgroundColor) + value + AnsiColor.Reset + Environment.NewLine);

    /// <summary>Writes a line of an error. Views end with empty lines; like pwsh, these are left out.</summary>
    public override void WriteErrorLine(string value)
    {
        if (!string.IsNullOrEmpty(value)) output.WriteError(value + Environment.NewLine);
    }

    /// <inheritdoc/>
    public override void WriteWarningLine(string message) => WriteLabelled("WARNING: ", message, PSStyle.Instance.Formatting.Warning);

    /// <inheritdoc/>
    public override void WriteVerboseLine(string message) => WriteLabelled("VERBOSE: ", message, PSStyle.Instance.Formatting.Verbose);

    /// <inheritdoc/>
    public override void WriteDebugLine(string message) => WriteLabelled("DEBUG: ", message, PSStyle.Instance.Formatting.Debug);

    /// <inheritdoc/>
    public override void WriteProgress(long sourceId, ProgressRecord record) => output.Report(sourceId, record);

    /// <inheritdoc/>
    public override string ReadLine() => prompter.ReadLine();

    /// <inheritdoc/>
    public override SecureString ReadLineAsSecureString() => prompter.ReadSecret();

    /// <inheritdoc/>
    public override Dictionary<string, PSObject> Prompt(string caption, string message, Collection<FieldDescription> descriptions) =>
        prompter.AskFields(caption, message, descriptions);

    /// <inheritdoc/>
    public override int PromptForChoice(string caption, string message, Collection<ChoiceDescription> choices, int defaultChoice) =>
        prompter.AskChoice(caption, message, choices, defaultChoice);

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(string caption, string message, string userName, string targetName) =>
        PromptForCredential(caption, message, userName, targetName, PSCredentialTypes.Default, PSCredentialUIOptions.Default);

    /// <inheritdoc/>
    public override PSCredential PromptForCredential(
        string caption, string message, string userName, string targetName, PSCredentialTypes allowedCredentialTypes, PSCredentialUIOptions options) =>
        prompter.AskCredential(caption, message, userName);

    private void WriteLabelled(string label, string message, string style) =>
        output.Write(style + label + message + PSStyle.Instance.Reset + Environment.NewLine);
}
