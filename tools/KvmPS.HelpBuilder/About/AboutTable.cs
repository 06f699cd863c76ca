using Markdig.Extensions.Tables;
using Markdig.Syntax;

namespace KvmPS.HelpBuilder.About;

/// <summary>Renders a table in aligned columns, with a rule below the head.</summary>
internal static class AboutTable
{
    private const string Gap = "  ";

    /// <summary>The table's lines.</summary>
    public static IEnumerable<string> Lines(Table table)
    {
        var rows = table.Cast<TableRow>().Select(r => r.Cast<TableCell>().Select(Text).ToArray()).ToList();
        int columns = rows.Max(r => r.Length);
        int[] widths = [.. Enumerable.Range(0, columns).Select(c => rows.Max(r => c < r.Length ? r[c].Length : 0))];
        for (int i = 0; i < rows.Count; i++)
        {
            yield return string.Join(Gap, rows[i].Select((cell, c) => cell.PadRight(widths[c])));
            if (((TableRow)table[i]).IsHeader) yield return string.Join(Gap, widths.Select(w => new string('-', w)));
        }
    }

    private static string Text(TableCell cell) =>
        string.Join(' ', cell.OfType<ParagraphBlock>().Where(p => p.Inline is not null).Select(p => AboutInline.Text(p.Inline!)));
}
