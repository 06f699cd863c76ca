namespace KvmPS.Shell.Editing;

/// <summary>
/// What Tab does, pressed once and again: it writes what all possibilities begin with; when that adds nothing it lists them, and goes from one to the next.
/// </summary>
internal sealed class CompletionCycle
{
    private const int MostRows = 8;
    private const int Gap = 2;

    private readonly TextBuffer _buffer;
    private readonly Completion _completion;
    private int _length;
    private int _chosen = -1;

    /// <summary>Begins with what the first Tab does.</summary>
    public CompletionCycle(TextBuffer buffer, Completion completion)
    {
        (_buffer, _completion, _length) = (buffer, completion, completion.Length);
        if (completion.Items.Count == 0) return;
        if (IsSingle) Put(completion.Items[0].Text);
        else if (CommonBeginning is { } common && common.Length > _length) Put(common);
    }

    /// <summary>Whether there is nothing to choose.</summary>
    public bool IsSingle => _completion.Items.Count <= 1;

    /// <summary>Goes to the next possibility (1), or to the one before (-1).</summary>
    public void Step(int direction)
    {
        int count = _completion.Items.Count;
        _chosen = _chosen < 0 && direction < 0 ? count - 1 : (_chosen + direction + count) % count;
        Put(_completion.Items[_chosen].Text);
    }

    /// <summary>The possibilities in columns, the chosen one marked.</summary>
    /// <param name="width">The width of the terminal.</param>
    /// <param name="height">Its height.</param>
    public IReadOnlyList<string> List(int width, int height)
    {
        int widest = _completion.Items.Max(static item => CellWidth.OfText(item.Label)) + Gap;
        int columns = Math.Max(width / widest, 1);
        int rows = (_completion.Items.Count + columns - 1) / columns;
        int shown = Math.Clamp(Math.Min(rows, MostRows), 1, Math.Max(height / 2, 1));
        int first = Math.Clamp((Math.Max(_chosen, 0) / columns) - shown + 1, 0, rows - shown);
        List<string> list = [.. Enumerable.Range(first, shown).Select(row => Line(row * columns, columns, widest))];
        if (rows > shown) list.Add($"({_completion.Items.Count} in all)");
        return list;
    }

    // All items share it only if they replace the same text by similar text: quotes around one of them would not.
    private string CommonBeginning
    {
        get
        {
            string common = _completion.Items[0].Text;
            foreach (CompletionItem item in _completion.Items)
            {
                int length = 0;
                while (length < common.Length && length < item.Text.Length && char.ToUpperInvariant(common[length]) == char.ToUpperInvariant(item.Text[length])) length++;
                common = common[..length];
            }

            return common;
        }
    }

    private string Line(int from, int columns, int widest) => string.Concat(Enumerable.Range(from, Math.Min(columns, _completion.Items.Count - from)).Select(index =>
    {
        string label = _completion.Items[index].Label;
        string blanks = new(' ', widest - CellWidth.OfText(label));
        return index == _chosen ? $"\e[7m{label}\e[0m{blanks}" : label + blanks;
    }));

    private void Put(string text)
    {
        _buffer.Replace(_completion.Start, _length, text);
        _length = text.Length;
    }
}
