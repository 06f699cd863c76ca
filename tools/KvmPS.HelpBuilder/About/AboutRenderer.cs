using Markdig.Extensions.Tables;
using Markdig.Syntax;

namespace KvmPS.HelpBuilder.About;

/// <summary>Renders a topic as the plain text that <c>Get-Help about_…</c> prints, in lines of at most 80 columns.</summary>
/// <remarks>PowerShell takes the summary of a topic from the fifth line, so the first five are fixed.</remarks>
internal sealed class AboutRenderer
{
    /// <summary>The width in columns; code and tables may be wider, since they are never wrapped.</summary>
    public const int Width = 80;

    /// <summary>Columns that the text stands right of its section's heading.</summary>
    public const int Indent = 4;

    private readonly TextBlock _out = new(Width);

    /// <summary>True when all blocks in this one have a plain form.</summary>
    public static bool CanRender(Block block) => block switch
    {
        ParagraphBlock or HeadingBlock or CodeBlock or Table or ThematicBreakBlock => true,
        QuoteBlock or ListBlock or ListItemBlock => ((ContainerBlock)block).All(CanRender),
        _ => false,
    };

    /// <summary>The topic's text, ending in a line feed.</summary>
    public static string Render(AboutTopic topic)
    {
        var renderer = new AboutRenderer();
        renderer.Section("TOPIC", topic.Name);
        renderer.Section("SHORT DESCRIPTION", topic.ShortDescription);
        renderer.Blocks(topic.Blocks, Indent, tight: false);
        return renderer._out.ToString();
    }

    private void Section(string heading, string text)
    {
        _out.Line(0, heading);
        _out.Line(Indent, text);
        _out.Blank();
    }

    private void Blocks(IEnumerable<Block> blocks, int indent, bool tight)
    {
        foreach (var block in blocks)
        {
            Write(block, indent);
            if (!tight && block is not HeadingBlock) _out.Blank();
        }
    }

    private void Write(Block block, int indent)
    {
        switch (block)
        {
            case HeadingBlock { Level: <= 2, Inline: { } inline }:
                _out.Line(0, AboutInline.Text(inline).ToUpperInvariant());
                break;
            case HeadingBlock { Inline: { } inline }:
                _out.Line(indent - 2, AboutInline.Text(inline));
                break;
            case ParagraphBlock { Inline: { } inline }:
                _out.Wrapped(indent, AboutInline.Text(inline));
                break;
            case CodeBlock code:
                foreach (string line in code.Lines.ToString().Split('\n')) _out.Line(indent + Indent, line);
                break;
            case Table table:
                foreach (string line in AboutTable.Lines(table)) _out.Line(indent, line);
                break;
            case ListBlock list:
                List(list, indent);
                break;
            case QuoteBlock quote:
                Blocks(quote, indent + 2, tight: false);
                break;
        }
    }

    private void List(ListBlock list, int indent)
    {
        int number = list.IsOrdered && int.TryParse(list.OrderedStart, out int start) ? start : 1;
        foreach (var item in list.Cast<ListItemBlock>())
        {
            string mark = list.IsOrdered ? $"{number++}. " : "- ";
            _out.Mark(indent, mark);
            Blocks(item, indent + mark.Length, tight: !list.IsLoose);
        }
    }
}
