using System.Globalization;

namespace KvmPS.Native;

/// <summary>What the host's kernel says about transparent huge pages.</summary>
public static class HugePages
{
    /// <summary>Bytes of one on x86-64.</summary>
    public const ulong Size = 2 << 20;

    private const string ModeFile = "/sys/kernel/mm/transparent_hugepage/enabled";
    private const string MapsFile = "/proc/self/smaps";
    private const string Field = "AnonHugePages:";

    /// <summary>When the kernel uses them: <c>always</c>, <c>madvise</c> (where asked for) or <c>never</c>; null when it has none.</summary>
    public static string? Mode { get; } = File.Exists(ModeFile) ? ChosenOf(File.ReadAllText(ModeFile)) : null;

    /// <summary>The word in brackets.</summary>
    internal static string? ChosenOf(string text)
    {
        int open = text.IndexOf('[', StringComparison.Ordinal);
        int close = text.IndexOf(']', StringComparison.Ordinal);
        return open >= 0 && close > open ? text[(open + 1)..close] : null;
    }

    /// <summary>How many bytes of [<paramref name="start"/>, <paramref name="end"/>) of this process are huge pages.</summary>
    internal static ulong CountBytes(ulong start, ulong end) => CountBytes(File.ReadLines(MapsFile), start, end);

    /// <summary>
    /// The same from the lines of <c>/proc/PID/smaps</c>. Where the kernel has joined the range with its neighbours, as it does with equal
    /// mappings side by side, the pages of the whole count as far as they fit into the range.
    /// </summary>
    internal static ulong CountBytes(IEnumerable<string> lines, ulong start, ulong end)
    {
        ulong sum = 0;
        ulong shared = 0; // bytes of the mapping at hand that lie in the range
        foreach (string line in lines)
        {
            if (line.StartsWith(Field, StringComparison.Ordinal)) sum += Math.Min(shared, Kibibytes(line));
            else if (TryParseRange(line, out ulong first, out ulong last)) shared = Overlap(first, last, start, end);
        }

        return sum;
    }

    private static ulong Overlap(ulong first, ulong last, ulong start, ulong end)
    {
        ulong from = Math.Max(first, start);
        ulong to = Math.Min(last, end);
        return from < to ? to - from : 0;
    }

    private static ulong Kibibytes(string line)
    {
        ReadOnlySpan<char> number = line.AsSpan(Field.Length).Trim();
        int space = number.IndexOf(' ');
        return ulong.Parse(space < 0 ? number : number[..space], NumberStyles.None, CultureInfo.InvariantCulture) << 10;
    }

    /// <summary>The first line of a mapping: <c>7f0000000000-7f0000200000 rw-p …</c>.</summary>
    private static bool TryParseRange(string line, out ulong first, out ulong last)
    {
        last = 0;
        int dash = line.IndexOf('-', StringComparison.Ordinal);
        int space = line.IndexOf(' ', StringComparison.Ordinal);
        return Parse(line.AsSpan(0, Math.Max(dash, 0)), out first) && space > dash && Parse(line.AsSpan(dash + 1, space - dash - 1), out last);

        static bool Parse(ReadOnlySpan<char> text, out ulong value) => ulong.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
    }
}
