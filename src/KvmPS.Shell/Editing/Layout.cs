using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace KvmPS.Shell.Editing;

/// <summary>A line of the layout.</summary>
/// <param name="Text">What it shows.</param>
/// <param name="IsEmpty">Whether that takes no column.</param>
/// <param name="Wraps">Whether the terminal goes on to the next row by itself, because the next character has no room in this one.</param>
internal readonly record struct Row(string Text, bool IsEmpty, bool Wraps);

/// <summary>Prompt and text as they lie on a terminal of some width: in which rows, and where the caret is.</summary>
internal sealed partial class Layout
{
    /// <summary>What a tab looks like; a real one would end where the terminal wants.</summary>
    private const string Tab = "    ";

    private readonly int _width;
    private readonly List<Row> _rows = [];
    private readonly StringBuilder _row = new();
    private int _column;

    private Layout(int width) => _width = width;

    /// <summary>The rows from the top; there is always one.</summary>
    public IReadOnlyList<Row> Rows => _rows;

    /// <summary>The row of the caret.</summary>
    public int CaretRow { get; private set; }

    /// <summary>The column of the caret.</summary>
    public int CaretColumn { get; private set; }

    /// <summary>Lays text out.</summary>
    /// <param name="prompt">What stands before the first line; may hold escape sequences.</param>
    /// <param name="continuation">What stands before the others.</param>
    /// <param name="text">The text, its lines divided by line feeds.</param>
    /// <param name="caret">The index of the character below the caret.</param>
    /// <param name="width">The width of the terminal in columns, at least 1.</param>
    public static Layout Of(string prompt, string continuation, string text, int caret, int width)
    {
        // A character of two columns needs two.
        Layout layout = new(Math.Max(width, 2));
        layout.AddPrompt(prompt);
        for (int i = 0; i < text.Length;)
        {
            int length = StringInfo.GetNextTextElementLength(text.AsSpan(i));
            ReadOnlySpan<char> element = text.AsSpan(i, length);
            bool isBreak = element is "\n";
            string shown = Shown(element);
            layout.MakeRoom(isBreak ? 1 : Math.Min(WidthOf(shown), 2));
            if (i <= caret && caret < i + length) layout.MarkCaret();
            if (isBreak) layout.Break(continuation);
            else layout.Add(shown);
            i += length;
        }

        layout.MakeRoom(1);
        if (caret >= text.Length) layout.MarkCaret();
        layout.EndRow(wraps: false);
        return layout;
    }

    // A control character would do something to the terminal instead of showing itself; text from a paste or a history file may hold any.
    private static string Shown(ReadOnlySpan<char> element)
    {
        if (element is "\t") return Tab;
        if (!char.IsControl(element[0])) return element.ToString();
        return element[0] < ' ' ? $"^{(char)(element[0] + '@')}" : "^?";
    }

    private static int WidthOf(string shown) => CellWidth.OfText(shown);

    private void AddPrompt(string prompt)
    {
        int at = 0;
        foreach (Match escape in EscapeSequence().Matches(prompt))
        {
            AddPlain(prompt.AsSpan(at, escape.Index - at));
            _row.Append(escape.Value);
            at = escape.Index + escape.Length;
        }

        AddPlain(prompt.AsSpan(at));
    }

    private void AddPlain(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            int length = StringInfo.GetNextTextElementLength(text);
            Add(Shown(text[..length]));
            text = text[length..];
        }
    }

    // What stands for a control character may be divided between two rows, an element of two columns may not.
    private void Add(string shown)
    {
        ReadOnlySpan<char> rest = shown;
        while (!rest.IsEmpty)
        {
            int length = StringInfo.GetNextTextElementLength(rest);
            int columns = CellWidth.Of(rest[..length]);
            MakeRoom(columns);
            _row.Append(rest[..length]);
            _column += columns;
            rest = rest[length..];
        }
    }

    private void MakeRoom(int columns)
    {
        if (_column + columns > _width) EndRow(wraps: true);
    }

    private void Break(string continuation)
    {
        EndRow(wraps: false);
        AddPlain(continuation);
    }

    private void MarkCaret() => (CaretRow, CaretColumn) = (_rows.Count, _column);

    private void EndRow(bool wraps)
    {
        _rows.Add(new Row(_row.ToString(), IsEmpty: _column == 0, wraps));
        _row.Clear();
        _column = 0;
    }

    /// <summary>Control sequences, and commands to the operating system such as a window title (ECMA-48).</summary>
    [GeneratedRegex(@"\e\[[0-?]*[ -/]*[@-~]|\e\][^\a\e]*(?:\a|\e\\)|\e[ -/]*[0-OQ-WY-Z\\^-~]", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex EscapeSequence();
}
