using System.Text;

namespace KvmPS.Core.Boot.Acpi;

/// <summary>Names of the ACPI namespace [acpi §20.2.2]: segments of four characters, alone or as paths.</summary>
internal static class AmlName
{
    private const byte NullName = 0x00;
    private const byte DualNamePrefix = 0x2E;
    private const byte MultiNamePrefix = 0x2F;
    private const int SegmentLength = 4;

    /// <summary>Encodes a name as ASL writes it: <c>COM1</c>, <c>\_SB.PCI0</c>, <c>^_CRS</c>, <c>\</c>.</summary>
    /// <param name="path">The name. Segments of fewer than four characters are filled with underscores.</param>
    /// <exception cref="ArgumentException">It is no name.</exception>
    public static byte[] Encode(string path)
    {
        string relative = path.StartsWith('\\') ? path[1..] : path.TrimStart('^');
        byte[] prefix = Encoding.ASCII.GetBytes(path[..^relative.Length]);
        if (relative.Length == 0) return prefix.Length != 0 ? [.. prefix, NullName] : throw NotAName(path);

        string[] segments = relative.Split('.');
        if (segments.Length > byte.MaxValue || !segments.All(IsSegment)) throw NotAName(path);
        byte[] names = [.. segments.SelectMany(static segment => Encoding.ASCII.GetBytes(segment.PadRight(SegmentLength, '_')))];
        return segments.Length switch
        {
            1 => [.. prefix, .. names],
            2 => [.. prefix, DualNamePrefix, .. names],
            _ => [.. prefix, MultiNamePrefix, (byte)segments.Length, .. names],
        };
    }

    private static bool IsSegment(string text) => text.Length is > 0 and <= SegmentLength && !char.IsAsciiDigit(text[0]) && text.All(IsNameCharacter);

    private static bool IsNameCharacter(char character) => char.IsAsciiLetterUpper(character) || char.IsAsciiDigit(character) || character == '_';

    private static ArgumentException NotAName(string path) => new($"'{path}' is no name of the ACPI namespace.", nameof(path));
}
