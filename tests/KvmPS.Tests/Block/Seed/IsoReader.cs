using System.Buffers.Binary;
using System.Text;
using Xunit;

namespace KvmPS.Tests.Block.Seed;

/// <summary>Reads ISO 9660 as a system does, and checks what it reads against the standard [ecma-119].</summary>
internal sealed class IsoReader
{
    private const int Sector = 2048;

    private readonly byte[] _image;

    public IsoReader(byte[] image)
    {
        _image = image;
        Assert.Equal(0, image.Length % Sector);
        Assert.All(image[..(16 * Sector)], static value => Assert.Equal(0, value));
        for (int i = 16; ; i++)
        {
            ReadOnlySpan<byte> descriptor = At(i);
            Assert.Equal("CD001", Encoding.ASCII.GetString(descriptor[1..6]));
            if (descriptor[0] == 255) break;
            Read(descriptor, isJoliet: descriptor[0] == 2);
        }
    }

    /// <summary>The label of the primary tree.</summary>
    public string Label { get; private set; } = "";

    /// <summary>The label of the Joliet tree.</summary>
    public string JolietLabel { get; private set; } = "";

    /// <summary>The files of the primary tree.</summary>
    public Dictionary<string, byte[]> Files { get; } = new(StringComparer.Ordinal);

    /// <summary>The files of the Joliet tree.</summary>
    public Dictionary<string, byte[]> JolietFiles { get; } = new(StringComparer.Ordinal);

    private void Read(ReadOnlySpan<byte> descriptor, bool isJoliet)
    {
        Assert.Equal(_image.Length / Sector, Both32(descriptor, 80));
        Assert.Equal(Sector, Both16(descriptor, 128));
        Assert.Equal(1, descriptor[881]);
        Encoding encoding = isJoliet ? Encoding.BigEndianUnicode : Encoding.ASCII;
        string label = encoding.GetString(descriptor[40..72]).TrimEnd(' ');
        if (isJoliet) (JolietLabel, _) = (label, descriptor[88..91].SequenceEqual("%/E"u8) ? 0 : throw new InvalidDataException("no Joliet"));
        else Label = label;

        int root = Both32(descriptor, 158);
        CheckPathTable(At(BinaryPrimitives.ReadInt32LittleEndian(descriptor[140..])), Both32(descriptor, 132), root, isBig: false);
        CheckPathTable(At(BinaryPrimitives.ReadInt32BigEndian(descriptor[148..])), Both32(descriptor, 132), root, isBig: true);
        ReadFolder(At(root), root, encoding, isJoliet ? JolietFiles : Files);
    }

    private void ReadFolder(ReadOnlySpan<byte> folder, int sector, Encoding encoding, Dictionary<string, byte[]> files)
    {
        string last = "";
        for (int at = 0, number = 0; folder[at] != 0; at += folder[at], number++)
        {
            ReadOnlySpan<byte> record = folder.Slice(at, folder[at]);
            Assert.Equal(0, record.Length % 2);
            ReadOnlySpan<byte> name = record.Slice(33, record[32]);
            int first = Both32(record, 2);
            if (number < 2)
            {
                Assert.Equal((sector, 2, number), (first, record[25], name[0]));
                continue;
            }

            string text = encoding.GetString(name);
            Assert.True(string.CompareOrdinal(last, text) < 0, "Names are not in order.");
            last = text;
            files.Add(text, _image.AsSpan(first * Sector, Both32(record, 10)).ToArray());
        }
    }

    private static void CheckPathTable(ReadOnlySpan<byte> table, int length, int root, bool isBig)
    {
        Assert.Equal((10, 1), (length, table[0]));
        Assert.Equal(root, isBig ? BinaryPrimitives.ReadInt32BigEndian(table[2..]) : BinaryPrimitives.ReadInt32LittleEndian(table[2..]));
        Assert.Equal(1, isBig ? BinaryPrimitives.ReadInt16BigEndian(table[6..]) : BinaryPrimitives.ReadInt16LittleEndian(table[6..]));
    }

    private static int Both32(ReadOnlySpan<byte> bytes, int at)
    {
        int value = BinaryPrimitives.ReadInt32LittleEndian(bytes[at..]);
        Assert.Equal(value, BinaryPrimitives.ReadInt32BigEndian(bytes[(at + 4)..]));
        return value;
    }

    private static int Both16(ReadOnlySpan<byte> bytes, int at)
    {
        int value = BinaryPrimitives.ReadInt16LittleEndian(bytes[at..]);
        Assert.Equal(value, BinaryPrimitives.ReadInt16BigEndian(bytes[(at + 2)..]));
        return value;
    }

    private ReadOnlySpan<byte> At(int sector) => _image.AsSpan(sector * Sector, Sector);
}
