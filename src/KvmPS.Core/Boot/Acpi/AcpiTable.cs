using System.Buffers.Binary;
using System.Text;

namespace KvmPS.Core.Boot.Acpi;

/// <summary>What all system description tables have: their header, with its checksum [acpi §5.2.6].</summary>
internal static class AcpiTable
{
    /// <summary>Bytes of the header.</summary>
    public const int HeaderSize = 36;

    /// <summary>Who made the tables: six bytes.</summary>
    public static ReadOnlySpan<byte> Maker => "KVMPS "u8;

    /// <summary>A table: its header and its body.</summary>
    /// <param name="signature">Four letters.</param>
    /// <param name="revision">Of this kind of table.</param>
    /// <param name="body">What comes after the header.</param>
    public static byte[] Create(string signature, byte revision, ReadOnlySpan<byte> body)
    {
        byte[] table = new byte[HeaderSize + body.Length];
        Encoding.ASCII.GetBytes(signature, table);
        BinaryPrimitives.WriteInt32LittleEndian(table.AsSpan(4), table.Length);
        table[8] = revision;
        Maker.CopyTo(table.AsSpan(10));
        "MACHINE "u8.CopyTo(table.AsSpan(16));
        BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(24), 1);
        "KVPS"u8.CopyTo(table.AsSpan(28));
        BinaryPrimitives.WriteUInt32LittleEndian(table.AsSpan(32), 1);
        body.CopyTo(table.AsSpan(HeaderSize));
        table[9] = TableChecksum.Of(table);
        return table;
    }
}
