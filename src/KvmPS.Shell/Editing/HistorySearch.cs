namespace KvmPS.Shell.Editing;

/// <summary>A search through the history while its words are being typed (Ctrl+R).</summary>
internal sealed class HistorySearch(InputHistory history, string draft)
{
    private int _place = history.Lines.Count;
    private bool _failed;

    /// <summary>What was in the line before.</summary>
    public string Draft => draft;

    /// <summary>What is searched.</summary>
    public string Query { get; private set; } = string.Empty;

    /// <summary>The line that was found, or what was there before.</summary>
    public string Found => _place < history.Lines.Count ? history.Lines[_place] : draft;

    /// <summary>Where in <see cref="Found"/> the query is.</summary>
    public int FoundAt => Query.Length == 0 ? Found.Length : Math.Max(Found.IndexOf(Query, StringComparison.OrdinalIgnoreCase), 0);

    /// <summary>The state in a line.</summary>
    public string Status => $"{(_failed ? "not found" : "search")}: {Query}_";

    /// <summary>Adds to the query; the line found may stay the same.</summary>
    public void Extend(string text)
    {
        Query += text;
        Search(Math.Min(_place, history.Lines.Count - 1), step: -1);
    }

    /// <summary>Takes the last character off the query and searches from the newest line again.</summary>
    public void Shorten()
    {
        if (Query.Length > 0) Query = Query[..^1];
        _place = history.Lines.Count;
        if (Query.Length > 0) Search(_place - 1, step: -1);
        else _failed = false;
    }

    /// <summary>Goes on to an older line (-1) or a newer one (1) that is another one.</summary>
    public void Step(int direction) => Search(_place + direction, direction);

    private void Search(int from, int step)
    {
        if (Query.Length == 0) return;
        string shown = Found;
        bool isSame = from == _place || _place == history.Lines.Count;
        for (int i = from; i >= 0 && i < history.Lines.Count; i += step)
        {
            if (!history.Lines[i].Contains(Query, StringComparison.OrdinalIgnoreCase) || (!isSame && history.Lines[i] == shown)) continue;
            (_place, _failed) = (i, false);
            return;
        }

        _failed = true;
    }
}
