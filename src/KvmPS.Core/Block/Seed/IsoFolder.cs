using System.Text;

namespace KvmPS.Core.Block.Seed;

/// <summary>The root folder of one of the two trees [ecma-119 §9.1].</summary>
internal sealed class IsoFolder(bool isJoliet, int sector)
{
    private const int NameOffset = 33;
    private const byte FolderFlag = 2;

    /// <summary>Writes the folder into its sector, which is zero.</summary>
    public void WriteTo(Span<byte> folder, IReadOnlyList<(SeedFile File, int Sector)> files)
    {
        int at = WriteRecord(folder, [0], sector, IsoImage.SectorSize, isFolder: true); // itself
        at += WriteRecord(folder[at..], [1], sector, IsoImage.SectorSize, isFolder: true); // the one above, which is itself too
        foreach ((SeedFile file, int first) in files.OrderBy(placed => NameOf(placed.File), StringComparer.Ordinal)) // short names have an order of their own
        {
            byte[] name = (isJoliet ? Encoding.BigEndianUnicode : Encoding.ASCII).GetBytes(NameOf(file));
            at += WriteRecord(folder[at..], name, first, file.Content.Length, isFolder: false);
        }
    }

    /// <summary>Writes a record and returns its length. The time is left out.</summary>
    internal static int WriteRecord(Span<byte> at, ReadOnlySpan<byte> name, int first, int length, bool isFolder)
    {
        int recordLength = (NameOffset + name.Length + 1) & ~1;
        at[0] = (byte)recordLength;
        IsoVolume.Both32(at[2..], first);
        IsoVolume.Both32(at[10..], length);
        at[25] = isFolder ? FolderFlag : (byte)0;
        IsoVolume.Both16(at[28..], 1); // the volume's number
        at[32] = (byte)name.Length;
        name.CopyTo(at[NameOffset..]);
        return recordLength;
    }

    private string NameOf(SeedFile file) => isJoliet ? file.Name : ShortName(file.Name);

    /// <summary>A name for those who know no Joliet: eight capitals, digits and underscores.</summary>
    internal static string ShortName(string name)
    {
        string clean = string.Concat(name.ToUpperInvariant().Select(static c => char.IsAsciiLetterOrDigit(c) ? c : '_'));
        return $"{(clean.Length > 8 ? clean[..8] : clean)}.;1";
    }
}
