using System.Buffers.Binary;
using System.Text;

namespace KvmPS.Core.Block.Qcow2;

/// <summary>Where the directory of dirty bitmaps lies [qcow2 §Bitmaps extension]. FILE-CONTROLLED.</summary>
internal readonly record struct BitmapsExtension(uint Count, ulong DirectoryLength, ulong DirectoryOffset);

/// <summary>The sections behind the header [qcow2 §Header extensions], as far as they mean something here.</summary>
internal sealed class HeaderExtensions
{
    private const uint End = 0;
    private const uint BackingFormatName = 0xe2792aca;
    private const uint FeatureNames = 0x6803f857;
    private const uint BitmapsPointer = 0x23852875;
    private const int EntryHeader = 8;
    private const int FeatureNameEntry = 48;
    private const int BitmapsLength = 24;

    private readonly Dictionary<int, string> _incompatibleNames = [];
    private readonly SortedSet<uint> _unknown = [];

    /// <summary>The format of the backing file; null when it is not told.</summary>
    public string? BackingFormat { get; private set; }

    /// <summary>Where bitmaps are; null for none.</summary>
    public BitmapsExtension? Bitmaps { get; private set; }

    /// <summary>The types of sections that mean nothing here.</summary>
    public IReadOnlyCollection<uint> Unknown => _unknown;

    /// <summary>Reads the sections of a header's cluster.</summary>
    /// <param name="name">What messages call the image.</param>
    /// <param name="area">The cluster up to where they must end.</param>
    /// <param name="start">Where they begin.</param>
    /// <exception cref="ImageCorruptException">One goes on behind the area.</exception>
    public static HeaderExtensions Read(string name, ReadOnlySpan<byte> area, int start)
    {
        var extensions = new HeaderExtensions();
        int at = start;
        while (at <= area.Length - EntryHeader)
        {
            uint type = BinaryPrimitives.ReadUInt32BigEndian(area[at..]);
            if (type == End) break;
            uint length = BinaryPrimitives.ReadUInt32BigEndian(area[(at + 4)..]);
            at += EntryHeader;
            if (length > area.Length - at) throw new ImageCorruptException(name, $"the header extension at {at - EntryHeader} says to have {length} bytes.");
            extensions.Take(type, area.Slice(at, (int)length));
            at += ((int)length + 7) & ~7;
        }

        return extensions;
    }

    /// <summary>What the image calls an incompatible feature; null when it does not.</summary>
    public string? NameOfIncompatible(int bit) => _incompatibleNames.GetValueOrDefault(bit);

    /// <summary>Makes the sections of a new image.</summary>
    public static byte[] Write(string? backingFormat)
    {
        if (backingFormat is null) return new byte[EntryHeader];
        byte[] text = Encoding.UTF8.GetBytes(backingFormat);
        byte[] bytes = new byte[EntryHeader + ((text.Length + 7) & ~7) + EntryHeader];
        BinaryPrimitives.WriteUInt32BigEndian(bytes, BackingFormatName);
        BinaryPrimitives.WriteUInt32BigEndian(bytes.AsSpan(4), (uint)text.Length);
        text.CopyTo(bytes, EntryHeader);
        return bytes;
    }

    private void Take(uint type, ReadOnlySpan<byte> data)
    {
        switch (type)
        {
            case BackingFormatName:
                BackingFormat = Encoding.UTF8.GetString(data);
                break;
            case BitmapsPointer when data.Length >= BitmapsLength:
                Bitmaps = new BitmapsExtension(
                    BinaryPrimitives.ReadUInt32BigEndian(data), BinaryPrimitives.ReadUInt64BigEndian(data[8..]), BinaryPrimitives.ReadUInt64BigEndian(data[16..]));
                break;
            case FeatureNames:
                for (; data.Length >= FeatureNameEntry; data = data[FeatureNameEntry..])
                {
                    if (data[0] == 0) _incompatibleNames[data[1]] = Encoding.UTF8.GetString(data[2..FeatureNameEntry]).TrimEnd('\0');
                }

                break;
            default: // may be ignored [qcow2 §Header extensions]
                _unknown.Add(type);
                break;
        }
    }
}
