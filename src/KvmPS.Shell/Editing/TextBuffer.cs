using System.Globalization;

namespace KvmPS.Shell.Editing;

/// <summary>The text that is being edited and its caret, which steps over whole text elements: a letter with its accents, both halves of a surrogate pair.</summary>
internal sealed class TextBuffer
{
    /// <summary>The text; its lines are divided by line feeds.</summary>
    public string Text { get; private set; } = string.Empty;

    /// <summary>The index before which typed text goes.</summary>
    public int Caret { get; private set; }

    /// <summary>Whether the caret is in the first line.</summary>
    public bool IsInFirstLine => LineStart == 0;

    /// <summary>Whether the caret is in the last line.</summary>
    public bool IsInLastLine => LineEnd == Text.Length;

    /// <summary>Where the line of the caret begins.</summary>
    public int LineStart => Text.AsSpan(0, Caret).LastIndexOf('\n') + 1;

    /// <summary>Where the line of the caret ends.</summary>
    public int LineEnd => Text.IndexOf('\n', Caret) is >= 0 and int end ? end : Text.Length;

    /// <summary>Where the text element before the caret begins.</summary>
    public int Previous => Caret == 0 ? 0 : StringInfo.ParseCombiningCharacters(Text[..Caret])[^1];

    /// <summary>Where the text element at the caret ends.</summary>
    public int Next => Caret == Text.Length ? Caret : Caret + StringInfo.GetNextTextElementLength(Text.AsSpan(Caret));

    /// <summary>Where the word before the caret begins.</summary>
    public int PreviousWord => Backward(char.IsLetterOrDigit);

    /// <summary>Where what stands between blanks before the caret begins.</summary>
    public int PreviousBlank => Backward(static letter => !char.IsWhiteSpace(letter));

    /// <summary>Where the word at or after the caret ends.</summary>
    public int NextWord
    {
        get
        {
            int at = Caret;
            while (at < Text.Length && !char.IsLetterOrDigit(Text[at])) at++;
            while (at < Text.Length && char.IsLetterOrDigit(Text[at])) at++;
            return at;
        }
    }

    /// <summary>Replaces all text; the caret goes to its end.</summary>
    public void Set(string text) => (Text, Caret) = (text, text.Length);

    /// <summary>Moves the caret.</summary>
    public void MoveTo(int index) => Caret = Math.Clamp(index, 0, Text.Length);

    /// <summary>Moves the caret up (-1) or down (1) by a line, and keeps its column where the line is long enough.</summary>
    public void MoveLine(int direction)
    {
        int column = Caret - LineStart;
        MoveTo(direction < 0 ? LineStart - 1 : LineEnd + 1);
        MoveTo(Math.Min(LineStart + column, LineEnd));
    }

    /// <summary>Puts text before the caret.</summary>
    public void Insert(string text) => Replace(Caret, 0, text);

    /// <summary>Replaces a part of the text; the caret goes behind what is new.</summary>
    public void Replace(int start, int length, string text)
    {
        Text = string.Concat(Text.AsSpan(0, start), text, Text.AsSpan(start + length));
        Caret = start + text.Length;
    }

    /// <summary>Takes out what lies between the caret and an index on either side of it.</summary>
    /// <returns>What was taken out.</returns>
    public string Cut(int index)
    {
        (int start, int end) = index < Caret ? (index, Caret) : (Caret, index);
        string cut = Text[start..end];
        Replace(start, end - start, string.Empty);
        return cut;
    }

    private int Backward(Func<char, bool> isPart)
    {
        int at = Caret;
        while (at > 0 && !isPart(Text[at - 1])) at--;
        while (at > 0 && isPart(Text[at - 1])) at--;
        return at;
    }
}
