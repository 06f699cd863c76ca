using System.Buffers.Binary;

namespace KvmPS.Tests.Boot;

/// <summary>Makes bzImages around a payload, with a sound header of protocol 2.15 that tests can break.</summary>
internal static class BzImageBuilder
{
    /// <summary>Where the code begins: a boot sector and one setup sector.</summary>
    public const int CodeOffset = 1024;

    /// <summary>Where the payload begins, from the code on.</summary>
    public const int PayloadOffset = 0x300;

    public static byte[] Build(byte[] payload)
    {
        byte[] image = new byte[CodeOffset + PayloadOffset + payload.Length + 16];
        image[0x1F1] = 1;
        U16(image, 0x1FE, 0xAA55);
        image[0x200] = 0xEB;
        image[0x201] = 0x6A;
        U32(image, 0x202, 0x5372_6448);
        U16(image, 0x206, 0x20F);
        U16(image, 0x20E, 0x100);
        image[0x211] = 0x81;
        U32(image, 0x214, 0x10_0000);
        U32(image, 0x22C, 0x7FFF_FFFF);
        U32(image, 0x230, 0x20_0000);
        image[0x234] = 1;
        U16(image, 0x236, 1);
        U32(image, 0x238, 2047);
        U32(image, 0x248, PayloadOffset);
        U32(image, 0x24C, (uint)payload.Length);
        U32(image, 0x258, 0x100_0000);
        U32(image, 0x260, 0x20_0000);
        "6.12.1-test (someone@somewhere)"u8.CopyTo(image.AsSpan(0x300));
        payload.CopyTo(image, CodeOffset + PayloadOffset);
        return image;
    }

    /// <summary>Appends the size of the original, as the kernel's build does for all formats but gzip.</summary>
    public static byte[] WithTrailer(byte[] compressed, int size)
    {
        byte[] payload = new byte[compressed.Length + 4];
        compressed.CopyTo(payload, 0);
        U32(payload, compressed.Length, (uint)size);
        return payload;
    }

    /// <summary>A legacy LZ4 frame of stored literals, which needs no tool.</summary>
    public static byte[] Lz4(byte[] data)
    {
        var frame = new MemoryStream();
        frame.Write([0x02, 0x21, 0x4C, 0x18]);
        foreach (byte[] block in data.Chunk(8 << 20))
        {
            byte[] packed = new byte[K4os.Compression.LZ4.LZ4Codec.MaximumOutputSize(block.Length)];
            int length = K4os.Compression.LZ4.LZ4Codec.Encode(block, packed);
            frame.Write(BitConverter.GetBytes(length));
            frame.Write(packed, 0, length);
        }

        return WithTrailer(frame.ToArray(), data.Length);
    }

    public static void U16(byte[] image, int offset, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(image.AsSpan(offset), value);

    public static void U32(byte[] image, int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(image.AsSpan(offset), value);
}
