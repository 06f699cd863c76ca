using System.Buffers.Binary;

namespace KvmPS.Core.Block.Qcow2;

/// <summary>Changes fields of a header in place [qcow2 §Header]. Fields that belong together lie in one sector, which storage does not tear.</summary>
internal static class HeaderWriter
{
    private const int SizeField = 24; // then the encryption, the L1 table's entries, its offset
    private const int L1Fields = 12;
    private const int RefcountTableField = 48; // its offset, then its clusters
    private const int FeaturesField = 72; // incompatible, compatible, autoclear

    /// <summary>Writes the size of the disk and the place of the active L1 table at once.</summary>
    public static void WriteL1(IImageFile file, long virtualSize, int entries, long offset)
    {
        Span<byte> fields = stackalloc byte[L1Fields + 12];
        BinaryPrimitives.WriteInt64BigEndian(fields, virtualSize);
        BinaryPrimitives.WriteInt32BigEndian(fields[8..], 0); // not encrypted: it would not have been opened
        BinaryPrimitives.WriteInt32BigEndian(fields[12..], entries);
        BinaryPrimitives.WriteInt64BigEndian(fields[16..], offset);
        file.Write(SizeField, fields);
    }

    /// <summary>Writes the size of the disk.</summary>
    public static void WriteSize(IImageFile file, long virtualSize)
    {
        Span<byte> field = stackalloc byte[8];
        BinaryPrimitives.WriteInt64BigEndian(field, virtualSize);
        file.Write(SizeField, field);
    }

    /// <summary>Writes the place of the refcount table.</summary>
    public static void WriteRefcountTable(IImageFile file, long offset, int clusters)
    {
        Span<byte> fields = stackalloc byte[12];
        BinaryPrimitives.WriteInt64BigEndian(fields, offset);
        BinaryPrimitives.WriteInt32BigEndian(fields[8..], clusters);
        file.Write(RefcountTableField, fields);
    }

    /// <summary>Writes the features of a version 3 header.</summary>
    public static void WriteFeatures(IImageFile file, IncompatibleFeatures incompatible, CompatibleFeatures compatible, AutoclearFeatures autoclear)
    {
        Span<byte> fields = stackalloc byte[24];
        BinaryPrimitives.WriteUInt64BigEndian(fields, (ulong)incompatible);
        BinaryPrimitives.WriteUInt64BigEndian(fields[8..], (ulong)compatible);
        BinaryPrimitives.WriteUInt64BigEndian(fields[16..], (ulong)autoclear);
        file.Write(FeaturesField, fields);
    }
}
