using System.Text;

namespace KvmPS.Shell.Editing;

/// <summary>
/// Draws prompt, text and what is told below it at the cursor, and draws over it when something has changed. It asks the terminal nothing: where the
/// cursor is follows from what was drawn, laid out anew when the width has changed, since terminals wrap long lines anew as well.
/// </summary>
internal sealed class Painter(IEditorTerminal terminal)
{
    private const string Continuation = ">> ";

    private string _head = string.Empty;
    private string _prompt = string.Empty;
    private string _text = string.Empty;
    private int _caret;
    private int _top;

    /// <summary>Begins a new line of input below all output, also when that does not end with its line.</summary>
    /// <param name="prompt">The prompt, in one or more lines.</param>
    public void Begin(string prompt)
    {
        string lines = prompt.ReplaceLineEndings("\n");
        int last = lines.LastIndexOf('\n') + 1;
        (_head, _prompt) = (lines[..last].Replace("\n", "\r\n", StringComparison.Ordinal), lines[last..]);
        (_text, _caret, _top) = (string.Empty, 0, 0);

        // Blanks for all columns but one: they reach the next row unless the cursor was in the first column.
        terminal.Write(new string(' ', Math.Max(terminal.Width - 1, 0)) + "\r\e[K" + _head);
    }

    /// <summary>Shows the text.</summary>
    /// <param name="text">The text.</param>
    /// <param name="caret">The place of the caret in it.</param>
    /// <param name="below">Lines to show below it, which are cut where the terminal ends.</param>
    public void Paint(string text, int caret, params IReadOnlyList<string> below)
    {
        StringBuilder output = new("\e[?25l");
        ToStart(output);
        Draw(output, text, caret, below);
        terminal.Write(output.Append("\e[?25h").ToString());
    }

    /// <summary>Shows the text for the last time and leaves the cursor on the line below it.</summary>
    /// <param name="text">The text.</param>
    /// <param name="mark">What to write behind it.</param>
    public void Finish(string text, string mark = "")
    {
        Paint(text, text.Length);
        terminal.Write(mark + "\r\n");
    }

    /// <summary>Clears the screen, so that the next <see cref="Paint"/> begins at its top.</summary>
    public void ClearScreen()
    {
        (_text, _caret, _top) = (string.Empty, 0, 0);
        terminal.Write("\e[H\e[2J" + _head);
    }

    private void ToStart(StringBuilder output)
    {
        Layout shown = Layout.Of(_prompt, Continuation, _text, _caret, terminal.Width);
        int up = Math.Min(shown.CaretRow - Math.Min(_top, shown.CaretRow), terminal.Height - 1);
        if (up > 0) output.Append($"\e[{up}A");
        output.Append("\r\e[J");
    }

    private void Draw(StringBuilder output, string text, int caret, IReadOnlyList<string> below)
    {
        (_text, _caret) = (text, caret);
        Layout layout = Layout.Of(_prompt, Continuation, text, caret, terminal.Width);
        int room = Math.Max(terminal.Height - below.Count, 1);
        _top = Math.Clamp(layout.CaretRow - (room / 2), 0, Math.Max(layout.Rows.Count - room, 0));
        int last = Math.Min(_top + room, layout.Rows.Count) - 1;
        for (int i = _top; i < last; i++) output.Append(layout.Rows[i].Text).Append(Between(layout.Rows[i], layout.Rows[i + 1]));
        output.Append(layout.Rows[last].Text);
        foreach (string line in below) output.Append("\r\n").Append(Cut(line)).Append("\e[0m");

        int up = last - layout.CaretRow + below.Count;
        if (up > 0) output.Append($"\e[{up}A");
        output.Append('\r');
        if (layout.CaretColumn > 0) output.Append($"\e[{layout.CaretColumn}C");
    }

    // A terminal wraps by itself, and knows then that the rows are one line, but not before something is to be written: a blank if nothing else is.
    private static string Between(Row row, Row next) => !row.Wraps ? "\r\n" : next.IsEmpty ? " \r" : string.Empty;

    private string Cut(string line)
    {
        Layout cut = Layout.Of(line, string.Empty, string.Empty, caret: 0, Math.Max(terminal.Width - 1, 1));
        return cut.Rows[0].Text;
    }
}
