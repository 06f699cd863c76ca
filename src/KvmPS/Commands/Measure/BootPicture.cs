using System.Globalization;
using System.Text;
using System.Xml;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>
/// Draws boots as one SVG picture: a bar for each instant, from the one before to it, over one axis of time. It needs nothing beside it, follows
/// the light or dark theme of whoever shows it, and is the same for the same instants.
/// </summary>
/// <remarks>GUEST-CONTROLLED: the texts of the instants are. The writer escapes them, and what XML cannot hold is replaced before.</remarks>
internal static class BootPicture
{
    private const string Namespace = "http://www.w3.org/2000/svg";
    private const int Width = 860;
    private const int Margin = 24;
    private const int BarLeft = 184;
    private const int BarRight = Width - 190; // beside the longest bar there is room for its times
    private const int TitleHeight = 62;
    private const int RowHeight = 30;
    private const int BarHeight = 18;
    private const int AxisHeight = 44;
    private const int MostTicks = 6;
    private const int LongestText = 90;
    private const double ThinnestBar = 2;

    private const string Style = """

        svg { font: 13px system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif; }
        .page { fill: #ffffff; stroke: #d0d7de; } .text { fill: #1f2328; } .faint { fill: #59636e; } .name { font-size: 16px; font-weight: 600; }
        .total { font-size: 16px; font-weight: 600; text-anchor: end; } .label { text-anchor: end; } .tick { text-anchor: middle; font-size: 11px; }
        .grid { stroke: #d0d7de; stroke-dasharray: 2 4; }
        .Load { fill: #8250df; } .FirstExit { fill: #bf3989; } .FirstByte { fill: #bc4c00; } .Kernel { fill: #0969da; }
        .Init { fill: #1b7c83; } .Ready { fill: #1a7f37; } .End { fill: #6e7781; }
        @media (prefers-color-scheme: dark) {
          .page { fill: #0d1117; stroke: #30363d; } .text { fill: #e6edf3; } .faint { fill: #9198a1; } .grid { stroke: #3d444d; }
          .Load { fill: #a371f7; } .FirstExit { fill: #db61a2; } .FirstByte { fill: #f0883e; } .Kernel { fill: #58a6ff; }
          .Init { fill: #39c5cf; } .Ready { fill: #3fb950; } .End { fill: #8b949e; }
        }

        """;

    /// <summary>The picture of some boots, one below the other.</summary>
    /// <param name="boots">The instants of each, in their order; none is empty.</param>
    public static string Draw(IReadOnlyList<KvmBootMark[]> boots)
    {
        TimeSpan longest = boots.Max(static boot => boot[^1].Time);
        int height = boots.Sum(static boot => TitleHeight + boot.Length * RowHeight) + AxisHeight;
        double scale = longest > TimeSpan.Zero ? (BarRight - BarLeft) / longest.TotalMilliseconds : 0;

        var text = new StringBuilder();
        using (var svg = XmlWriter.Create(text, new XmlWriterSettings { Indent = true, NewLineChars = "\n", OmitXmlDeclaration = true }))
        {
            svg.WriteStartElement("svg", Namespace);
            Write(svg, ("width", Width), ("height", height), ("viewBox", $"0 0 {Width} {height}"), ("role", "img"));
            svg.WriteElementString("title", Namespace, $"Boot timeline of {Clean(string.Join(", ", boots.Select(static boot => boot[0].VMName)))}");
            svg.WriteElementString("style", Namespace, Style);
            Element(svg, "rect", ("class", "page"), ("x", 0.5), ("y", 0.5), ("width", Width - 1), ("height", height - 1), ("rx", 8));
            DrawAxis(svg, longest, scale, height - AxisHeight);
            int top = 0;
            foreach (KvmBootMark[] boot in boots)
            {
                DrawBoot(svg, boot, top, scale);
                top += TitleHeight + boot.Length * RowHeight;
            }

            svg.WriteEndElement();
        }

        return text.Append('\n').ToString();
    }

    private static void DrawBoot(XmlWriter svg, KvmBootMark[] boot, int top, double scale)
    {
        Text(svg, Margin, top + 30, "text name", boot[0].VMName);
        Text(svg, Width - Margin, top + 30, "text total", Format(boot[^1].Time));
        if (boot.FirstOrDefault(static mark => mark.Phase == BootPhase.Kernel) is { } kernel) Text(svg, Margin, top + 49, "faint", Cut(kernel.Text));

        for (int row = 0; row < boot.Length; row++)
        {
            KvmBootMark mark = boot[row];
            int y = top + TitleHeight + row * RowHeight;
            double end = BarLeft + mark.Time.TotalMilliseconds * scale;
            double width = Math.Max(mark.Delta.TotalMilliseconds * scale, ThinnestBar);
            svg.WriteStartElement("g", Namespace);
            svg.WriteElementString("title", Namespace, Clean(Cut(mark.Text)));
            Text(svg, BarLeft - 12, y + 14, "text label", Label(mark.Phase));
            Element(svg, "rect", ("class", mark.Phase.ToString()), ("x", end - width), ("y", y), ("width", width), ("height", BarHeight), ("rx", 3));
            Text(svg, end + 8, y + 14, "text", $"+{Format(mark.Delta)}");
            Text(svg, Width - Margin, y + 14, "faint label", Format(mark.Time));
            svg.WriteEndElement();
        }
    }

    private static void DrawAxis(XmlWriter svg, TimeSpan longest, double scale, int bottom)
    {
        double step = Step(longest.TotalMilliseconds);
        for (double at = 0; at <= longest.TotalMilliseconds; at += step)
        {
            double x = BarLeft + at * scale;
            Element(svg, "line", ("class", "grid"), ("x1", x), ("y1", TitleHeight - 6), ("x2", x), ("y2", bottom + 4));
            Text(svg, x, bottom + 20, "faint tick", FormatTick(at, longest));
        }
    }

    /// <summary>The distance of the ticks: 1, 2 or 5 of some power of ten, so that there are not too many.</summary>
    private static double Step(double longest)
    {
        if (longest <= 0) return 1;
        double least = longest / MostTicks;
        double power = Math.Pow(10, Math.Floor(Math.Log10(least)));
        return power * (least <= power ? 1 : least <= 2 * power ? 2 : least <= 5 * power ? 5 : 10);
    }

    private static string FormatTick(double milliseconds, TimeSpan longest) => longest >= TimeSpan.FromSeconds(1)
        ? string.Create(CultureInfo.InvariantCulture, $"{milliseconds / 1000:0.###} s")
        : string.Create(CultureInfo.InvariantCulture, $"{milliseconds:0.###} ms");

    private static string Format(TimeSpan time) => time >= TimeSpan.FromSeconds(1)
        ? string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.000} s")
        : string.Create(CultureInfo.InvariantCulture, $"{time.TotalMilliseconds:0.0} ms");

    private static string Label(BootPhase phase) => phase switch
    {
        BootPhase.Load => "built and loaded",
        BootPhase.FirstExit => "first exit",
        BootPhase.FirstByte => "first console byte",
        BootPhase.Kernel => "kernel banner",
        BootPhase.Init => "init",
        BootPhase.Ready => "ready",
        BootPhase.End => "end",
        _ => phase.ToString(),
    };

    private static string Cut(string text) => text.Length <= LongestText ? text : $"{text.AsSpan(0, LongestText - 1)}…";

    private static void Text(XmlWriter svg, double x, double y, string style, string text)
    {
        svg.WriteStartElement("text", Namespace);
        Write(svg, ("class", style), ("x", x), ("y", y));
        svg.WriteString(Clean(text));
        svg.WriteEndElement();
    }

    private static void Element(XmlWriter svg, string name, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        svg.WriteStartElement(name, Namespace);
        Write(svg, attributes);
        svg.WriteEndElement();
    }

    private static void Write(XmlWriter svg, params ReadOnlySpan<(string Name, object Value)> attributes)
    {
        foreach ((string name, object value) in attributes)
            svg.WriteAttributeString(name, value is double number ? number.ToString("0.##", CultureInfo.InvariantCulture) : Convert.ToString(value, CultureInfo.InvariantCulture));
    }

    /// <summary>Text without what XML cannot hold: most control characters, and halves of characters.</summary>
    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (Rune rune in text.EnumerateRunes()) clean.Append(rune.IsBmp && !XmlConvert.IsXmlChar((char)rune.Value) ? "\uFFFD" : rune.ToString());
        return clean.ToString();
    }
}
