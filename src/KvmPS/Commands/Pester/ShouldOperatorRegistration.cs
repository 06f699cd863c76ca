using System.Management.Automation;

namespace KvmPS.Commands;

/// <summary>Gives the operators of <c>Should</c> to the Pester that is loaded.</summary>
internal static class ShouldOperatorRegistration
{
    private const string Adding = "param($Add, $Name, $Test) $null = & $Add -Name $Name -Test ([scriptblock]::Create($Test))";

    // Pester takes an operator again when its text is the same, and only then: these texts stay what they are.
    private static readonly (string Name, string Test)[] Operators =
    [
        ("BeKvmState", "param($ActualValue, $ExpectedState, [switch]$Negate, [string]$Because) [KvmPS.KvmShouldOperator]::BeKvmState($ActualValue, $ExpectedState, $Negate, $Because)"),
        ("HaveKvmSerialText", "param($ActualValue, $SerialPattern, [switch]$Negate, [string]$Because) [KvmPS.KvmShouldOperator]::HaveKvmSerialText($ActualValue, $SerialPattern, $Negate, $Because)"),
        ("BeKvmSuccess", "param($ActualValue, $SuccessCode = 0, [switch]$Negate, [string]$Because) [KvmPS.KvmShouldOperator]::BeKvmSuccess($ActualValue, $SuccessCode, $Negate, $Because)"),
    ];

    /// <summary>The names of the operators.</summary>
    public static IEnumerable<string> Names => Operators.Select(static known => known.Name);

    /// <summary>Adds the operators to each loaded Pester.</summary>
    /// <returns>Whether there is one. None is loaded for it.</returns>
    /// <exception cref="RuntimeException">Pester refuses: it has other operators of these names.</exception>
    public static bool Register(CommandInvocationIntrinsics engine)
    {
        CommandInfo[] adders = [.. engine.GetCommands("Add-ShouldOperator", CommandTypes.Function | CommandTypes.Cmdlet, nameIsPattern: false)];
        foreach (CommandInfo adder in adders)
            foreach ((string name, string test) in Operators) engine.InvokeScript(Adding, adder, name, test);
        return adders.Length > 0;
    }

    /// <summary>The same while the module is imported, which nothing here may fail: <c>Register-KvmShouldOperator</c> tells what was wrong.</summary>
    public static void RegisterOnImport()
    {
        try
        {
            using var shell = PowerShell.Create(RunspaceMode.CurrentRunspace);
            if (shell.AddScript("$ExecutionContext").Invoke<EngineIntrinsics>() is [{ } engine]) Register(engine.InvokeCommand);
        }
        catch (Exception exception) when (exception is RuntimeException or InvalidOperationException)
        {
            // Other operators of these names, or a runspace that is still being opened.
        }
    }
}
