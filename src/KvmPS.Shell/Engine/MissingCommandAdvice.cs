using System.Management.Automation;

namespace KvmPS.Shell.Engine;

/// <summary>
/// Explains commands that pwsh has and the embedded engine lacks. The lookup is answered with a cmdlet whose one act is to fail with the explanation:
/// an exception thrown from the lookup event itself would be swallowed by the engine.
/// </summary>
internal static class MissingCommandAdvice
{
    /// <summary>Handles <see cref="CommandInvocationIntrinsics.CommandNotFoundAction"/>.</summary>
    public static void OnCommandNotFound(object? sender, CommandLookupEventArgs lookup)
    {
        if (PwshCommands.ModuleOf(lookup.CommandName) is not null) lookup.Command = new CmdletInfo(lookup.CommandName, typeof(MissingCommand));
    }

    /// <summary>The sentence for the user of a command that is not there.</summary>
    /// <param name="command">The command.</param>
    /// <param name="shell">The name of the program that embeds the engine.</param>
    public static string For(string command, string shell)
    {
        string instead = PwshCommands.AlternativeTo(command) is { } alternative ? $"use {alternative}, or run this in pwsh" : "run this in pwsh, or use .NET types instead";
        return $"'{command}' is not available: {shell} embeds the PowerShell engine without {PwshCommands.ModuleOf(command)}; {instead}.";
    }
}

/// <summary>Stands in for a missing command, takes whatever arguments that would take, and fails.</summary>
[Cmdlet("Explain", "Missing")]
internal sealed class MissingCommand : PSCmdlet
{
    /// <summary>The arguments of the missing command.</summary>
    [Parameter(ValueFromRemainingArguments = true)]
    public object[] Arguments { get; set; } = [];

    /// <summary>What is piped into the missing command.</summary>
    [Parameter(ValueFromPipeline = true)]
    public object? InputObject { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        string name = MyInvocation.MyCommand.Name;
        throw new CommandNotFoundException(MissingCommandAdvice.For(name, Host.Name)) { CommandName = name };
    }
}
