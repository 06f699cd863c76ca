using System.Text;

namespace KvmPS.Core.Host;

/// <summary>Names of files, as Linux' file systems take them.</summary>
internal static class FileNames
{
    private const int Longest = 255; // bytes

    /// <summary>A name with a suffix of ASCII; characters at the name's end make room for it where that is needed.</summary>
    public static string Append(string name, string suffix) => Shortened(name, Longest - suffix.Length) + suffix;

    /// <summary>As many characters from the beginning of a name as have room in a number of bytes.</summary>
    private static string Shortened(string name, int bytes)
    {
        int length = 0;
        foreach (Rune rune in name.EnumerateRunes())
        {
            bytes -= rune.Utf8SequenceLength;
            if (bytes < 0) return name[..length];
            length += rune.Utf16SequenceLength;
        }

        return name;
    }
}
