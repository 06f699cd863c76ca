namespace KvmPS.Shell.Editing;

/// <summary>The lines that were entered before, oldest first, and a place among them for those who walk through.</summary>
/// <param name="capacity">How many are kept; the oldest go first.</param>
internal sealed class InputHistory(int capacity)
{
    private readonly List<string> _lines = [];
    private string _draft = string.Empty;
    private int _place;

    /// <summary>The lines, oldest first.</summary>
    public IReadOnlyList<string> Lines => _lines;

    /// <summary>Keeps a line, unless it is blank, begins with a blank (whoever types that wants it forgotten) or is the same as the last one.</summary>
    /// <returns>Whether it was kept.</returns>
    public bool Add(string line)
    {
        bool keeps = !string.IsNullOrWhiteSpace(line) && line[0] != ' ' && (_lines.Count == 0 || _lines[^1] != line);
        if (keeps) _lines.Add(line);
        if (_lines.Count > capacity) _lines.RemoveAt(0);
        Rewind();
        return keeps;
    }

    /// <summary>Goes back to the end of the history.</summary>
    public void Rewind() => _place = _lines.Count;

    /// <summary>Steps to an older line.</summary>
    /// <param name="current">The text being edited, which <see cref="Newer"/> gives back at the end.</param>
    /// <returns>The line, or null if there is none.</returns>
    public string? Older(string current)
    {
        if (_place == 0) return null;
        if (_place == _lines.Count) _draft = current;
        return _lines[--_place];
    }

    /// <summary>Steps to a newer line.</summary>
    /// <returns>The line, at the end what was being edited, or null if that is shown already.</returns>
    public string? Newer()
    {
        if (_place == _lines.Count) return null;
        return ++_place == _lines.Count ? _draft : _lines[_place];
    }
}
