using System.Text;

namespace KvmPS.HelpBuilder.About;

/// <summary>Plain text that grows line by line, indented and wrapped at spaces.</summary>
internal sealed class TextBlock(int width)
{
    private readonly StringBuilder _text = new();
    private (int Column, string Text)? _mark;

    /// <summary>Puts a list's mark into the margin of the next line.</summary>
    public void Mark(int column, string mark)
    {
        FlushMark();
        _mark = (column, mark);
    }

    /// <summary>One line as it is; without text it stays empty.</summary>
    public void Line(int indent, string text)
    {
        string margin = new(' ', indent);
        if (_mark is { } mark)
        {
            margin = (new string(' ', mark.Column) + mark.Text).PadRight(indent);
            _mark = null;
        }

        _text.Append((margin + text).TrimEnd()).Append('\n');
    }

    /// <summary>An empty line, unless there is one already.</summary>
    public void Blank()
    {
        FlushMark();
        if (_text.Length >= 2 && _text[^2] != '\n') _text.Append('\n');
    }

    /// <summary>A paragraph; a word that is longer than a line stands alone and whole.</summary>
    public void Wrapped(int indent, string paragraph)
    {
        foreach (string hardLine in paragraph.Split('\n'))
        {
            string line = "";
            foreach (string word in hardLine.Split(' ', StringSplitOptions.RemoveEmptyEntries))
            {
                if (line.Length > 0 && indent + line.Length + 1 + word.Length > width)
                {
                    Line(indent, line);
                    line = "";
                }

                line += line.Length > 0 ? " " + word : word;
            }

            Line(indent, line);
        }
    }

    /// <summary>The text, without empty lines at its end.</summary>
    public override string ToString() => _text.ToString().TrimEnd('\n') + "\n";

    /// <summary>Writes the mark of an empty item.</summary>
    private void FlushMark()
    {
        if (_mark is not null) Line(0, "");
    }
}
