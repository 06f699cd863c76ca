using System.Globalization;

namespace KvmPS.Bench.Measuring;

/// <summary>The figures of one bench, as a table on the console.</summary>
internal static class Table
{
    private const int Label = 44;

    /// <summary>The line above the figures.</summary>
    public static void Header(string peer) => Line("", "KvmPS", peer, "ratio", "bar", "");

    /// <summary>One figure beside the peer's.</summary>
    public static void Row(string figure, double ours, double peer, Bar? bar) =>
        Line(figure, Number(ours), Number(peer), peer > 0 ? (ours / peer).ToString("0.000", CultureInfo.InvariantCulture) : "-", bar?.Text ?? "-", Verdict(bar, ours, peer));

    /// <summary>A figure that has no peer.</summary>
    public static void Row(string figure, double ours, Bar? bar = null) => Line(figure, Number(ours), "-", "-", bar?.Text ?? "-", Verdict(bar, ours, peer: 0));

    /// <summary>A remark under the table.</summary>
    public static void Note(string text) => Console.Out.WriteLine($"  {text}");

    /// <summary>All samples, so that the reader sees the noise.</summary>
    public static void Samples(string what, IEnumerable<double> samples) => Note($"{what}: {string.Join(' ', samples.Select(Number))}");

    private static string Verdict(Bar? bar, double ours, double peer) => bar is null ? "" : bar.IsMet(ours, peer) ? "meets" : "MISSES";

    private static string Number(double value) => value.ToString(value is >= 1000 or <= -1000 ? "0" : "0.00", CultureInfo.InvariantCulture);

    private static void Line(string figure, string ours, string peer, string ratio, string bar, string verdict) =>
        Console.Out.WriteLine($"  {figure.PadRight(Label)}{ours,12}{peer,14}{ratio,9}{bar,12}  {verdict}".TrimEnd());
}
