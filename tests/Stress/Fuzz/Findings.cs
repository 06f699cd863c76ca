using FsCheck;
using Microsoft.FSharp.Collections;
using Microsoft.FSharp.Core;

namespace KvmPS.Stress.Fuzz;

/// <summary>Keeps what FsCheck found, and prints nothing.</summary>
internal sealed class Findings : IRunner
{
    /// <summary>The shortest case that fails; null when all is well.</summary>
    public object? Case { get; private set; }

    /// <summary>What came out of it.</summary>
    public Exception? Failure { get; private set; }

    /// <inheritdoc/>
    public void OnFinished(string name, TestResult result)
    {
        if (result is not TestResult.Failed failed) return;
        Case = failed.Item3.Head;
        Failure = (failed.Item4 as Outcome.Failed)?.Item;
    }

    /// <inheritdoc/>
    public void OnStartFixture(Type fixture)
    {
    }

    /// <inheritdoc/>
    public void OnArguments(int number, FSharpList<object> arguments, FSharpFunc<int, FSharpFunc<FSharpList<object>, string>> format)
    {
    }

    /// <inheritdoc/>
    public void OnShrink(FSharpList<object> arguments, FSharpFunc<FSharpList<object>, string> format)
    {
    }
}
