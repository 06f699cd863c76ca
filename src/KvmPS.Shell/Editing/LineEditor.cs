namespace KvmPS.Shell.Editing;

/// <summary>Reads a line, or the lines of a statement, from a terminal, with the means to change them before they are entered.</summary>
internal sealed class LineEditor(IEditorTerminal terminal, ILineHelper helper, InputHistory history)
{
    private readonly KeyReader _keys = new(terminal);
    private readonly TextBuffer _buffer = new();
    private readonly Painter _painter = new(terminal);
    private CompletionCycle? _completion;
    private HistorySearch? _search;
    private string _cut = string.Empty;

    /// <summary>Reads a line.</summary>
    /// <param name="prompt">What to show before it; may hold escape sequences and several lines.</param>
    /// <exception cref="OperationCanceledException">The wait was ended.</exception>
    /// <exception cref="EndOfStreamException">The terminal is gone.</exception>
    public EditedLine Read(string prompt)
    {
        (_completion, _search) = (null, null);
        _buffer.Set(string.Empty);
        history.Rewind();
        terminal.Take();
        try
        {
            _painter.Begin(prompt);
            while (true)
            {
                if (!_keys.HasKey) Paint();
                if (Handle(_keys.Read()) is { } line) return line;
            }
        }
        finally
        {
            terminal.Release();
        }
    }

    private EditedLine? Handle(KeyInput input)
    {
        if (input.Pasted is { } pasted)
        {
            Type(pasted);
            return null;
        }

        EditCommand command = KeyBindings.Of(input.Key);
        if (_search is not null && Search(command, input.Key)) return null;
        if (command is not (EditCommand.Complete or EditCommand.CompleteBack)) _completion = null;
        switch (command)
        {
            case EditCommand.Accept when helper.IsIncomplete(_buffer.Text):
                _buffer.Insert("\n");
                return null;
            case EditCommand.Accept:
                _painter.Finish(_buffer.Text);
                return new EditedLine(LineEnd.Accepted, _buffer.Text);
            case EditCommand.Cancel:
                _painter.Finish(_buffer.Text, "^C");
                return EditedLine.Cancelled;
            case EditCommand.EndOrDelete when _buffer.Text.Length == 0:
                _painter.Finish(_buffer.Text);
                return EditedLine.EndOfInput;
            case EditCommand.Insert:
                Type(input.Key.KeyChar.ToString());
                return null;
            default:
                Change(command);
                return null;
        }
    }

    private void Change(EditCommand command)
    {
        switch (command)
        {
            case EditCommand.NewLine: _buffer.Insert("\n"); break;
            case EditCommand.Escape: _buffer.Set(string.Empty); break;
            case EditCommand.Left: _buffer.MoveTo(_buffer.Previous); break;
            case EditCommand.Right: _buffer.MoveTo(_buffer.Next); break;
            case EditCommand.WordLeft: _buffer.MoveTo(_buffer.PreviousWord); break;
            case EditCommand.WordRight: _buffer.MoveTo(_buffer.NextWord); break;
            case EditCommand.Home: _buffer.MoveTo(_buffer.LineStart); break;
            case EditCommand.End: _buffer.MoveTo(_buffer.LineEnd); break;
            case EditCommand.Up when !_buffer.IsInFirstLine: _buffer.MoveLine(-1); break;
            case EditCommand.Down when !_buffer.IsInLastLine: _buffer.MoveLine(1); break;
            case EditCommand.Up or EditCommand.Older: Recall(history.Older(_buffer.Text)); break;
            case EditCommand.Down or EditCommand.Newer: Recall(history.Newer()); break;
            case EditCommand.Backspace: _buffer.Cut(_buffer.Previous); break;
            case EditCommand.Delete or EditCommand.EndOrDelete: _buffer.Cut(_buffer.Next); break;
            case EditCommand.CutWordLeft: Cut(_buffer.PreviousWord); break;
            case EditCommand.CutToBlank: Cut(_buffer.PreviousBlank); break;
            case EditCommand.CutWordRight: Cut(_buffer.NextWord); break;
            case EditCommand.CutToStart: Cut(_buffer.LineStart); break;
            case EditCommand.CutToEnd: Cut(_buffer.LineEnd); break;
            case EditCommand.Paste: _buffer.Insert(_cut); break;
            case EditCommand.Complete: Complete(direction: 1); break;
            case EditCommand.CompleteBack: Complete(direction: -1); break;
            case EditCommand.Search: _search = new HistorySearch(history, _buffer.Text); break;
            case EditCommand.ClearScreen: _painter.ClearScreen(); break;
        }
    }

    // False when the key ends the search and is then done as always.
    private bool Search(EditCommand command, ConsoleKeyInfo key)
    {
        HistorySearch search = _search!;
        switch (command)
        {
            case EditCommand.Insert: search.Extend(key.KeyChar.ToString()); break;
            case EditCommand.Backspace: search.Shorten(); break;
            case EditCommand.Search: search.Step(-1); break;
            case EditCommand.SearchForward: search.Step(1); break;
            case EditCommand.Escape:
                _buffer.Set(search.Draft);
                _search = null;
                return true;
            default:
                _search = null;
                return false;
        }

        _buffer.Set(search.Found);
        _buffer.MoveTo(search.FoundAt);
        return true;
    }

    private void Complete(int direction)
    {
        if (_completion is not null) _completion.Step(direction);
        else if (helper.Complete(_buffer.Text, _buffer.Caret) is { Items.Count: > 0 } completion) _completion = new CompletionCycle(_buffer, completion);
        if (_completion is { IsSingle: true }) _completion = null;
    }

    private void Paint() => _painter.Paint(_buffer.Text, _buffer.Caret, Below());

    private IReadOnlyList<string> Below()
    {
        if (_search is not null) return [_search.Status];
        return _completion?.List(terminal.Width, terminal.Height) ?? [];
    }

    private void Type(string text)
    {
        _completion = null;
        if (_search is null) _buffer.Insert(text);
        else _search.Extend(text.ReplaceLineEndings(" "));
    }

    private void Recall(string? line)
    {
        if (line is not null) _buffer.Set(line);
    }

    private void Cut(int index)
    {
        if (_buffer.Cut(index) is { Length: > 0 } cut) _cut = cut;
    }
}
