using System.Text;

namespace KvmPS.Core.Boot;

/// <summary>Finds the text by which a Linux kernel names its version.</summary>
internal static class KernelBanner
{
    private const int LongestVersion = 128;

    /// <summary>The word after <c>Linux version</c> in a kernel's segments; null when there is none, as in kernels that are not Linux.</summary>
    public static string? Find(IImageSource source, IReadOnlyList<ImageSegment> segments) => SegmentSearch.Find(source, segments, LongestVersion, Parse);

    /// <summary>The first word at an offset of an image, such as a bzImage's version text; null when it lies outside.</summary>
    public static string? WordAt(IImageSource source, long offset)
    {
        if (offset >= source.Length) return null;
        Span<byte> text = stackalloc byte[(int)Math.Min(LongestVersion, source.Length - offset)];
        source.Read(offset, text);
        return FirstWord(text);
    }

    private static string? FirstWord(ReadOnlySpan<byte> text)
    {
        int end = text.IndexOfAnyExceptInRange((byte)'!', (byte)'~');
        text = text[..(end < 0 ? Math.Min(text.Length, LongestVersion) : Math.Min(end, LongestVersion))];
        return text.IsEmpty ? null : Encoding.ASCII.GetString(text);
    }

    private static string? Parse(ReadOnlySpan<byte> piece)
    {
        ReadOnlySpan<byte> banner = "Linux version "u8;
        for (int start = 0; ;)
        {
            int found = piece[start..].IndexOf(banner);
            if (found < 0) return null;
            start += found + banner.Length;

            // A format string, or the words alone, is not a version.
            if (start < piece.Length && char.IsAsciiDigit((char)piece[start])) return FirstWord(piece[start..]);
        }
    }
}
