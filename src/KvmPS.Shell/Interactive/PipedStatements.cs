using System.Text;
using KvmPS.Shell.Editing;

namespace KvmPS.Shell.Interactive;

/// <summary>Statements from a file or a pipe, one after the other, without a prompt.</summary>
internal sealed class PipedStatements(TextReader input, ILineHelper helper) : IStatementReader
{
    /// <summary>Reads a statement; at the end of the input, an incomplete one as it is.</summary>
    public string? Read(Func<string> prompt)
    {
        if (input.ReadLine() is not { } first) return null;
        StringBuilder text = new(first);
        while (helper.IsIncomplete(text.ToString()) && input.ReadLine() is { } next) text.Append('\n').Append(next);
        return text.ToString();
    }
}
