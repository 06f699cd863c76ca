using KvmPS.Shell.Editing;

namespace KvmPS.Shell.Interactive;

/// <summary>Statements from a terminal that cannot move its cursor (<c>TERM=dumb</c>): what is typed is shown, and Backspace is all there is to change it.</summary>
internal sealed class PlainStatements(IEditorTerminal terminal, ILineHelper helper) : IStatementReader
{
    private readonly PlainLine _line = new(terminal);

    /// <inheritdoc/>
    public string? Read(Func<string> prompt)
    {
        EditedLine line = _line.Read(prompt());
        string text = line.Text;
        while (line.End == LineEnd.Accepted && helper.IsIncomplete(text))
        {
            line = _line.Read(">> ");
            text += "\n" + line.Text;
        }

        return line.End switch
        {
            LineEnd.Accepted => text,
            LineEnd.Cancelled => string.Empty,
            _ => null,
        };
    }
}
