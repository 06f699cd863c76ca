using System.Globalization;
using System.Text.RegularExpressions;
using KvmPS.Shell.Editing;

namespace KvmPS.Tests.Shell.Editing;

/// <summary>A terminal of which the test is the keyboard; it understands the escape sequences that the editor writes, as xterm does, and refuses others.</summary>
internal sealed partial class ScriptedTerminal(int width = 40, int height = 10) : IEditorTerminal
{
    private const string Gap = "";

    private readonly Queue<ConsoleKeyInfo> _keys = new();
    private List<string[]> _rows = [Blank(width)];
    private int _row;
    private int _column;
    private bool _wrapsNext;

    public int Width { get; private set; } = width;

    public int Height { get; } = height;

    public bool HasKey => _keys.Count > 0;

    /// <summary>Whether an editor has it.</summary>
    public bool IsTaken { get; private set; }

    /// <summary>Where the cursor is.</summary>
    public (int Row, int Column) Cursor => (_row, _column);

    /// <summary>What it shows, the empty rows at the end left out.</summary>
    public string Screen => string.Join('\n', _rows.Select(static row => string.Concat(row).TrimEnd())).TrimEnd('\n');

    /// <summary>Is called when there are no more keys, with what can then be seen; may type more.</summary>
    public Action<ScriptedTerminal>? WhenIdle { get; set; }

    public ScriptedTerminal Type(string text)
    {
        foreach (char letter in text) _keys.Enqueue(new ConsoleKeyInfo(letter, ConsoleKey.None, shift: false, alt: false, control: false));
        return this;
    }

    public ScriptedTerminal Press(ConsoleKey key, ConsoleModifiers modifiers = ConsoleModifiers.None, char letter = '\0')
    {
        _keys.Enqueue(new ConsoleKeyInfo(
            letter, key, modifiers.HasFlag(ConsoleModifiers.Shift), modifiers.HasFlag(ConsoleModifiers.Alt), modifiers.HasFlag(ConsoleModifiers.Control)));
        return this;
    }

    public ScriptedTerminal Control(ConsoleKey key) => Press(key, ConsoleModifiers.Control, (char)(key - ConsoleKey.A + 1));

    /// <summary>Pastes as a terminal in mode 2004 does, in the pieces that .NET's console makes of it.</summary>
    public ScriptedTerminal Paste(string text)
    {
        Press(ConsoleKey.Escape, letter: '\e').Type("[200~");
        foreach (char letter in text)
        {
            if (letter == '\n') Press(ConsoleKey.Enter, letter: '\r');
            else Type(letter.ToString());
        }

        return Press(ConsoleKey.Escape, letter: '\e').Type("[201~");
    }

    /// <summary>Changes its width, and breaks the lines that it wrapped anew.</summary>
    public void Resize(int width)
    {
        string[] all = [.. _rows.SelectMany(static row => row)];
        if (_rows.Count * Width != all.Length) throw new InvalidOperationException("A row is broken.");
        int cursor = (_row * Width) + _column;
        Width = width;
        _rows = [.. all.Chunk(width).Select(chunk => chunk.Concat(Blank(width)).Take(width).ToArray())];
        (_row, _column, _wrapsNext) = (cursor / width, cursor % width, false);
    }

    public void Take() => IsTaken = true;

    public void Release() => IsTaken = false;

    public ConsoleKeyInfo ReadKey()
    {
        if (_keys.Count == 0) WhenIdle?.Invoke(this);
        return _keys.Count > 0 ? _keys.Dequeue() : throw new OperationCanceledException();
    }

    public void Write(string text)
    {
        for (int i = 0; i < text.Length;)
        {
            if (Sequence().Match(text, i) is { Success: true } sequence && sequence.Index == i)
            {
                Obey(sequence.Groups["final"].Value[0], sequence.Groups["parameters"].Value);
                i += sequence.Length;
                continue;
            }

            int length = StringInfo.GetNextTextElementLength(text.AsSpan(i));
            if (text[i] == '\r') length = 1;
            Put(text.Substring(i, length));
            i += length;
        }
    }

    private static string[] Blank(int width) => [.. Enumerable.Repeat(" ", width)];

    private void Put(string element)
    {
        switch (element)
        {
            case "\r":
                (_column, _wrapsNext) = (0, false);
                return;
            case "\n":
                Down();
                return;
            case "\b":
                _column--;
                return;
        }

        if (char.IsControl(element[0])) throw new InvalidOperationException($"The terminal got U+{(int)element[0]:X4}.");
        int columns = CellWidth.Of(element);
        if (_wrapsNext || _column + columns > Width)
        {
            _column = 0;
            Down();
        }

        _rows[_row][_column] = element;
        if (columns == 2) _rows[_row][_column + 1] = Gap;
        _column += columns;
        _wrapsNext = _column == Width;
        if (_wrapsNext) _column--;
    }

    private void Down()
    {
        _wrapsNext = false;
        if (++_row == _rows.Count) _rows.Add(Blank(Width));
    }

    private void Obey(char final, string parameters)
    {
        int number = int.TryParse(parameters, CultureInfo.InvariantCulture, out int given) ? given : 0;
        switch (final)
        {
            case 'A': _row = Math.Max(_row - number, Math.Max(_rows.Count - Height, 0)); break;
            case 'C': _column = Math.Min(_column + number, Width - 1); break;
            case 'H': (_row, _column) = (0, 0); break;
            case 'J' when number == 2: _rows = [Blank(Width)]; break;
            case 'J':
                _rows.RemoveRange(_row + 1, _rows.Count - _row - 1);
                EraseLine();
                break;
            case 'K': EraseLine(); break;
            case 'm' or 'h' or 'l': return;
            default: throw new InvalidOperationException($"The terminal does not know ESC [ {parameters} {final}.");
        }

        _wrapsNext = false;
    }

    private void EraseLine() => Array.Fill(_rows[_row], " ", _column, Width - _column);

    [GeneratedRegex(@"\e\[(?<parameters>[?\d]*)(?<final>[@-~])")]
    private static partial Regex Sequence();
}
