using System.Buffers.Binary;
using System.Text;

namespace KvmPS.Core.Block.Qcow2;

/// <summary>Reads the names of an image's dirty bitmaps [qcow2 §Bitmaps]. FILE-CONTROLLED: the directory may say anything.</summary>
internal static class BitmapNames
{
    private const int EntryHeader = 24;
    private const int MostNameBytes = 1023;

    /// <summary>The names, as far as the directory makes sense; none when they do not hold for what the image is now.</summary>
    /// <param name="file">The image.</param>
    /// <param name="header">What its first cluster says.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IEnumerable<string> Of(IImageFile file, Qcow2Header header)
    {
        if (!header.Autoclear.HasFlag(AutoclearFeatures.Bitmaps) || header.Bitmaps is not { } bitmaps) yield break;
        if (bitmaps.DirectoryOffset >= (ulong)file.Length) yield break;
        long at = (long)bitmaps.DirectoryOffset;
        long end = at + (long)Math.Min(bitmaps.DirectoryLength, (ulong)(file.Length - at));
        byte[] entry = new byte[EntryHeader];
        for (uint i = 0; i < bitmaps.Count && at <= end - EntryHeader; i++)
        {
            file.Read(at, entry);
            int length = BinaryPrimitives.ReadUInt16BigEndian(entry.AsSpan(18));
            long extra = BinaryPrimitives.ReadUInt32BigEndian(entry.AsSpan(20));
            if (length is 0 or > MostNameBytes || extra + length > end - at - EntryHeader) yield break;
            byte[] name = new byte[length];
            file.Read(at + EntryHeader + extra, name);
            yield return Printable(Encoding.UTF8.GetString(name));
            at += (EntryHeader + extra + length + 7) & ~7L;
        }
    }

    /// <summary>Without what a terminal would obey.</summary>
    private static string Printable(string name) => string.Concat(name.Select(static character => char.IsControl(character) ? '?' : character));
}
