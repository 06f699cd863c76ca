using System.Text;
using Markdig.Syntax.Inlines;

namespace KvmPS.HelpBuilder.About;

/// <summary>Renders inline markdown as plain text: code keeps its backticks, emphasis goes, a link shows its address.</summary>
internal static class AboutInline
{
    /// <summary>The text on one line; a hard line break stays as <c>\n</c>.</summary>
    public static string Text(ContainerInline inline)
    {
        var text = new StringBuilder();
        Append(text, inline);
        return text.ToString().Trim();
    }

    private static void Append(StringBuilder text, ContainerInline container)
    {
        foreach (var inline in container)
        {
            switch (inline)
            {
                case LiteralInline literal:
                    text.Append(literal.Content.AsSpan());
                    break;
                case CodeInline code:
                    text.Append('`').Append(code.Content).Append('`');
                    break;
                case LineBreakInline lineBreak:
                    text.Append(lineBreak.IsHard ? '\n' : ' ');
                    break;
                case AutolinkInline link:
                    text.Append(link.Url);
                    break;
                case HtmlEntityInline entity:
                    text.Append(entity.Transcoded.AsSpan());
                    break;
                case HtmlInline html:
                    text.Append(html.Tag);
                    break;
                case LinkInline link:
                    Append(text, link);
                    if (Uri.TryCreate(link.Url, UriKind.Absolute, out _)) text.Append(" (").Append(link.Url).Append(')');
                    break;
                case ContainerInline inner:
                    Append(text, inner);
                    break;
                default:
                    throw new NotSupportedException($"Inline markdown of the kind {inline.GetType().Name}.");
            }
        }
    }
}
