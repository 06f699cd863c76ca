using System.Buffers.Binary;

namespace KvmPS.Commands;

/// <summary>Little-endian numbers in bytes, by the width that a format names.</summary>
internal static class MemoryNumbers
{
    /// <summary>Bytes of one number; 0 when the format is not one of numbers.</summary>
    public static int WidthOf(KvmMemoryFormat format) => format switch
    {
        KvmMemoryFormat.UInt8 => sizeof(byte),
        KvmMemoryFormat.UInt16 => sizeof(ushort),
        KvmMemoryFormat.UInt32 => sizeof(uint),
        KvmMemoryFormat.UInt64 => sizeof(ulong),
        _ => 0,
    };

    /// <summary>The number at an offset, in the type that its format names.</summary>
    public static object Read(KvmMemoryFormat format, ReadOnlySpan<byte> bytes) => format switch
    {
        KvmMemoryFormat.UInt8 => (object)bytes[0], // else the arms would meet in ulong
        KvmMemoryFormat.UInt16 => BinaryPrimitives.ReadUInt16LittleEndian(bytes),
        KvmMemoryFormat.UInt32 => BinaryPrimitives.ReadUInt32LittleEndian(bytes),
        _ => BinaryPrimitives.ReadUInt64LittleEndian(bytes),
    };

    /// <summary>The bytes of some numbers; null when one of them is too large for the format.</summary>
    public static byte[]? Bytes(KvmMemoryFormat format, ulong[] values)
    {
        int width = WidthOf(format);
        ulong maximum = ulong.MaxValue >> (64 - (8 * width));
        byte[] bytes = new byte[checked(values.Length * width)];
        for (int number = 0; number < values.Length; number++)
        {
            if (values[number] > maximum) return null;
            for (int i = 0; i < width; i++) bytes[(number * width) + i] = (byte)(values[number] >> (8 * i));
        }

        return bytes;
    }
}
