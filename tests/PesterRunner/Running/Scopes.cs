using System.Collections;
using System.Management.Automation;
using PesterRunner.Model;

namespace PesterRunner.Running;

/// <summary>
/// Runs script blocks in PowerShell scopes that nest as Pester's do: a scope a block, in it a scope a test, and in each the set-up, the body and the
/// tear-down are dot-sourced, so that they share variables with each other and hide them from the neighbours.
/// </summary>
internal static class Scopes
{
    // The variables of this block are visible to the tests; Pester's wrapper is visible in the same way.
    private static readonly ScriptBlock DotSourcing = ScriptBlock.Create("""
        param($__body, $__data)
        do { try { $null = . $__body @__data } catch { $_ } } until ($true)
        """);

    private static readonly ScriptBlock Entering = ScriptBlock.Create(EnterTestScopeCommand.FullName);

    /// <summary>Runs an action with a new scope around it.</summary>
    /// <param name="caller">The cmdlet that runs now.</param>
    /// <param name="action">Receives the cmdlet inside the new scope, through which it must go on.</param>
    public static void Enter(PSCmdlet caller, Action<PSCmdlet> action)
    {
        EnterTestScopeCommand.Pending.Push(action);
        caller.InvokeCommand.InvokeScript(useLocalScope: true, Entering, input: null);
    }

    /// <summary>Makes data visible in the present scope.</summary>
    public static void Define(PSCmdlet caller, TestData data)
    {
        foreach ((string name, object? value) in data.Variables) caller.SessionState.PSVariable.Set(name, value);
    }

    /// <summary>Runs a script block in the present scope, with data as its parameters.</summary>
    /// <returns>The error that ended it, or null.</returns>
    public static ErrorRecord? DotSource(PSCmdlet caller, ScriptBlock body, TestData data) =>
        caller.InvokeCommand.InvokeScript(useLocalScope: false, DotSourcing, new ArrayList(), body, data.Named)
            .Select(item => item.BaseObject as ErrorRecord).LastOrDefault();
}

/// <summary>Continues with the pending action in the scope that it is called from. A cmdlet has no scope of its own.</summary>
[Cmdlet("Enter", "TestScope")]
internal sealed class EnterTestScopeCommand : PSCmdlet
{
    public const string FullName = "Enter-TestScope";

    public static Stack<Action<PSCmdlet>> Pending { get; } = new();

    protected override void EndProcessing() => Pending.Pop()(this);
}
