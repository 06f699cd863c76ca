using System.Globalization;
using System.Management.Automation.Host;

namespace KvmPS.Shell.Host;

/// <summary>What the engine sees of kvmsh: its name, its user interface, and where <c>exit</c> leaves its code.</summary>
internal sealed class KvmshHost(string name, PSHostUserInterface ui) : PSHost
{
    /// <inheritdoc/>
    public override string Name => name;

    /// <inheritdoc/>
    public override Version Version => typeof(KvmshHost).Assembly.GetName().Version ?? new Version(0, 0);

    /// <inheritdoc/>
    public override Guid InstanceId { get; } = Guid.NewGuid();

    /// <inheritdoc/>
    public override PSHostUserInterface UI => ui;

    /// <inheritdoc/>
    public override CultureInfo CurrentCulture => CultureInfo.CurrentCulture;

    /// <inheritdoc/>
    public override CultureInfo CurrentUICulture => CultureInfo.CurrentUICulture;

    /// <summary>The code given to <c>exit</c>, or null while nobody has called it.</summary>
    public int? ExitRequest { get; private set; }

    /// <inheritdoc/>
    public override void SetShouldExit(int exitCode) => ExitRequest ??= exitCode;

    /// <inheritdoc/>
    public override void EnterNestedPrompt() => throw new NotSupportedException($"{name} has no nested prompts.");

    /// <inheritdoc/>
    public override void ExitNestedPrompt() => throw new NotSupportedException($"{name} has no nested prompts.");

    /// <summary>A native program is about to use the terminal; nothing has to be put aside for it.</summary>
    public override void NotifyBeginApplication()
    {
    }

    /// <summary>A native program has used the terminal.</summary>
    public override void NotifyEndApplication()
    {
    }
}
