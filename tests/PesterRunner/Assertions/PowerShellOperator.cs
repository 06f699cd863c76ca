using System.Collections;
using System.Collections.Concurrent;
using System.Management.Automation;

namespace PesterRunner.Assertions;

/// <summary>Evaluates PowerShell's own comparison operators, so that an assertion means exactly what the operator means.</summary>
internal sealed class PowerShellOperator(CommandInvocationIntrinsics engine)
{
    private static readonly ConcurrentDictionary<string, ScriptBlock> Blocks = new(StringComparer.Ordinal);

    /// <summary>Whether <c>left operator right</c> is true.</summary>
    public bool Holds(object? left, string operation, object? right)
    {
        ScriptBlock block = Blocks.GetOrAdd(operation, text => ScriptBlock.Create($"[bool]($args[0] {text} $args[1])"));
        return LanguagePrimitives.IsTrue(engine.InvokeScript(useLocalScope: true, block, new ArrayList(), left, right)[0]);
    }
}
