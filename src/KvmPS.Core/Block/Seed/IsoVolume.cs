using System.Buffers.Binary;
using System.Text;

namespace KvmPS.Core.Block.Seed;

/// <summary>A volume descriptor: the primary one [ecma-119 §8.4], or the supplementary one of Joliet [ecma-119 §8.5, joliet].</summary>
internal sealed class IsoVolume(string label, bool isJoliet, int sectors, int pathTable, int root)
{
    private const byte Blank = (byte)' ';
    private const int PathTableLength = 10;

    /// <summary>Ends the list of descriptors [ecma-119 §8.3].</summary>
    public static void WriteTerminator(Span<byte> sector) => WriteHead(sector, type: 255);

    /// <summary>Writes the descriptor into a sector of zeroes.</summary>
    public void WriteTo(Span<byte> sector)
    {
        WriteHead(sector, type: isJoliet ? (byte)2 : (byte)1);
        Text(sector[8..40], ""); // system
        Text(sector[40..72], label);
        Both32(sector[80..], sectors);
        if (isJoliet) "%/E"u8.CopyTo(sector[88..]); // UCS-2, level 3
        Both16(sector[120..], 1); // volumes of the set
        Both16(sector[124..], 1); // this one's number
        Both16(sector[128..], IsoImage.SectorSize);
        Both32(sector[132..], PathTableLength);
        BinaryPrimitives.WriteInt32LittleEndian(sector[140..], pathTable);
        BinaryPrimitives.WriteInt32BigEndian(sector[148..], pathTable + 1);
        IsoFolder.WriteRecord(sector[156..190], [0], root, IsoImage.SectorSize, isFolder: true);
        Text(sector[190..702], ""); // volume set, publisher, preparer, application
        Text(sector[702..813], ""); // files with copyright, abstract, bibliography
        foreach (int date in (int[])[813, 830, 847, 864]) sector.Slice(date, 16).Fill((byte)'0'); // not specified
        sector[881] = 1; // the structure of folders
    }

    /// <summary>Writes a number in both byte orders [ecma-119 §7.3.3].</summary>
    internal static void Both32(Span<byte> at, int value)
    {
        BinaryPrimitives.WriteInt32LittleEndian(at, value);
        BinaryPrimitives.WriteInt32BigEndian(at[4..], value);
    }

    /// <summary>Writes a number in both byte orders [ecma-119 §7.2.3].</summary>
    internal static void Both16(Span<byte> at, short value)
    {
        BinaryPrimitives.WriteInt16LittleEndian(at, value);
        BinaryPrimitives.WriteInt16BigEndian(at[2..], value);
    }

    private static void WriteHead(Span<byte> sector, byte type)
    {
        sector[0] = type;
        "CD001"u8.CopyTo(sector[1..]);
        sector[6] = 1; // version
    }

    /// <summary>A text, filled up with blanks. An odd last byte stays zero where characters have two.</summary>
    private void Text(Span<byte> field, string text)
    {
        if (!isJoliet)
        {
            field.Fill(Blank);
            Encoding.ASCII.GetBytes(text, field);
            return;
        }

        for (int i = 1; i < field.Length; i += 2) field[i] = Blank;
        Encoding.BigEndianUnicode.GetBytes(text, field);
    }
}
