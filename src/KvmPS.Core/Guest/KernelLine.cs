namespace KvmPS.Core.Guest;

/// <summary>
/// A line of a Linux kernel with its time stamp, such as <c>[   12.345678] random: crng init done</c>, that has come between the bytes of something
/// else. A kernel writes its lines whole, so that what it has interrupted goes on behind the line's end.
/// </summary>
internal static class KernelLine
{
    private const int Longest = 2 << 10; // GUEST-CONTROLLED: a kernel's own lines have a kibibyte at most.
    private const int LongestStamp = 24;
    private const int FractionDigits = 6;

    /// <summary>How long the line is that begins here, with its end.</summary>
    /// <returns>0 when none does; -1 when what there is may yet become one.</returns>
    public static int Length(ReadOnlySpan<byte> bytes)
    {
        if (bytes.IsEmpty) return -1;
        if (bytes[0] != (byte)'[') return 0;
        int end = bytes[..Math.Min(bytes.Length, Longest)].IndexOf((byte)'\n');
        if (end < 0 && bytes.Length < LongestStamp) return -1;
        if (!HasStamp(bytes)) return 0;
        return end >= 0 ? end + 1 : bytes.Length < Longest ? -1 : 0;
    }

    /// <summary>Takes all such lines out of a text, wherever they begin.</summary>
    public static byte[] Without(ReadOnlySpan<byte> bytes)
    {
        var rest = new List<byte>(bytes.Length);
        while (!bytes.IsEmpty)
        {
            int skipped = Math.Max(0, Length(bytes));
            if (skipped == 0) rest.Add(bytes[0]);
            bytes = bytes[Math.Max(1, skipped)..];
        }

        return [.. rest];
    }

    /// <summary>Whether a line begins as <c>[seconds.microseconds]</c> and a blank, or a second bracket with the caller.</summary>
    private static bool HasStamp(ReadOnlySpan<byte> line)
    {
        ReadOnlySpan<byte> seconds = line[1..].TrimStart((byte)' ');
        int digits = Digits(seconds);
        if (digits == 0 || !seconds[digits..].StartsWith("."u8)) return false;
        ReadOnlySpan<byte> fraction = seconds[(digits + 1)..];
        return Digits(fraction) == FractionDigits && (fraction[FractionDigits..].StartsWith("] "u8) || fraction[FractionDigits..].StartsWith("]["u8));
    }

    private static int Digits(ReadOnlySpan<byte> text)
    {
        int end = text.IndexOfAnyExceptInRange((byte)'0', (byte)'9');
        return end < 0 ? text.Length : end;
    }
}
