using System.Xml;

namespace KvmPS.HelpBuilder.Maml;

/// <summary>Paragraph elements.</summary>
internal static class MamlText
{
    // Get-Help drops an empty paragraph. PlatyPS keeps the line with this invisible character, and so must we to look the same.
    private const char Invisible = '\u0080';

    /// <summary>A text cut at its empty lines, inside code too.</summary>
    public static IEnumerable<string> Paragraphs(string text) => text.Split("\n\n").Select(p => p.Trim());

    /// <summary>Writes one paragraph.</summary>
    public static void Write(XmlWriter xml, string paragraph) => xml.WriteElementString("para", MamlNames.Maml, paragraph);

    /// <summary>Writes a paragraph that shows as an empty line.</summary>
    public static void WriteBlankLine(XmlWriter xml)
    {
        using (new XmlScope(xml, MamlNames.Maml, "para")) xml.WriteCharEntity(Invisible);
    }
}
