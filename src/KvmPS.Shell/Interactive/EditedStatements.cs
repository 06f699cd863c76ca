using KvmPS.Shell.Editing;
using KvmPS.Shell.Host;

namespace KvmPS.Shell.Interactive;

/// <summary>Statements from the line editor, with a history that outlives the shell.</summary>
internal sealed class EditedStatements : IStatementReader
{
    private const int HistoryCapacity = 1000;

    private readonly InputHistory _history = new(HistoryCapacity);
    private readonly LineEditor _editor;
    private readonly ConsoleOutput _output;
    private HistoryFile? _file = new(HistoryFile.DefaultPath, HistoryCapacity);

    /// <summary>Reads the history.</summary>
    public EditedStatements(IEditorTerminal terminal, ILineHelper helper, ConsoleOutput output)
    {
        _output = output;
        _editor = new LineEditor(terminal, helper, _history);
        WithFile(file =>
        {
            foreach (string line in file.Load()) _history.Add(line);
        });
    }

    /// <inheritdoc/>
    public string? Read(Func<string> prompt)
    {
        EditedLine line = _editor.Read(Terminal.Decorate(prompt(), Terminal.OutputHasColor));
        if (_history.Add(line.Text)) WithFile(file => file.Append(line.Text));
        return line.End == LineEnd.EndOfInput ? null : line.Text;
    }

    // A home that cannot be written to is no reason not to work; it is told once.
    private void WithFile(Action<HistoryFile> action)
    {
        if (_file is null) return;
        try
        {
            action(_file);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            _file = null;
            _output.WriteError($"The history of this session will be forgotten: {error.Message}{Environment.NewLine}");
        }
    }
}
