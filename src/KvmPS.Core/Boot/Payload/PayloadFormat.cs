using System.Buffers.Binary;
using System.IO.Compression;
using KvmPS.ThirdParty;

namespace KvmPS.Core.Boot;

/// <summary>Decompresses <paramref name="data"/> into a buffer; throws what it likes when they are corrupt.</summary>
internal delegate void PayloadDecoder(ReadOnlyMemory<byte> data, PayloadBuffer output);

/// <summary>One way in which Linux compresses its kernel.</summary>
/// <param name="Name">The name in the kernel's configuration, in lower case.</param>
/// <param name="Decode">The decoder; null when there is none here.</param>
internal sealed record PayloadFormat(string Name, PayloadDecoder? Decode)
{
    /// <summary>How many bytes tell the format.</summary>
    public const int MagicSize = 8;

    private const int LzmaPropertiesSize = 5;
    private const int LzmaHeaderSize = 13;
    private const int SmallestDictionary = 1 << 12;

    private static readonly PayloadFormat Gzip = new("gzip", DecodeGzip) { HasOwnSize = true };
    private static readonly PayloadFormat Bzip2 = new("bzip2", DecodeBzip2);
    private static readonly PayloadFormat Lzma = new("lzma", DecodeLzma);
    private static readonly PayloadFormat Xz = new("xz", XzContainer.Decode);
    private static readonly PayloadFormat Lz4 = new("lz4", LegacyLz4.Decode);
    private static readonly PayloadFormat Zstd = new("zstd", DecodeZstd);
    private static readonly PayloadFormat Lzo = new("lzo", null);

    /// <summary>Whether the last field of the format itself is the size [gzip §2.3.1]; all others have it appended.</summary>
    public bool HasOwnSize { get; private init; }

    /// <summary>The format that begins with these bytes, as the kernel's own decompressor tells them apart; null for none that is known.</summary>
    public static PayloadFormat? Recognize(ReadOnlySpan<byte> magic) => magic switch
    {
        [0x1F, 0x8B, ..] => Gzip,
        [(byte)'B', (byte)'Z', (byte)'h', ..] => Bzip2,
        [0x5D, 0x00, 0x00, ..] => Lzma,
        [0xFD, (byte)'7', (byte)'z', (byte)'X', (byte)'Z', 0, ..] => Xz,
        [0x02, 0x21, 0x4C, 0x18, ..] => Lz4,
        [0x28, 0xB5, 0x2F, 0xFD, ..] => Zstd,
        [0x89, (byte)'L', (byte)'Z', (byte)'O', ..] => Lzo,
        _ => null,
    };

    private static void DecodeGzip(ReadOnlyMemory<byte> data, PayloadBuffer output)
    {
        using var stream = new GZipStream(new ReadOnlyMemoryStream(data), CompressionMode.Decompress);
        output.Fill(stream);
    }

    private static void DecodeBzip2(ReadOnlyMemory<byte> data, PayloadBuffer output)
    {
        using Stream stream = Decompression.Bzip2(new ReadOnlyMemoryStream(data));
        output.Fill(stream);
    }

    /// <summary>The old <c>.lzma</c> file: properties with the dictionary's size, the data's size or all ones, data with an end marker [lzma-alone].</summary>
    private static void DecodeLzma(ReadOnlyMemory<byte> data, PayloadBuffer output)
    {
        byte[] properties = data[..LzmaPropertiesSize].ToArray();
        long size = BinaryPrimitives.ReadInt64LittleEndian(data.Span[LzmaPropertiesSize..]);
        if (size != -1 && size != output.Room) throw new InvalidDataException("their size is not the one that their trailer says.");

        // A dictionary larger than the data is of no use: a claim of 4 GiB allocates no more than the kernel takes.
        uint dictionary = BinaryPrimitives.ReadUInt32LittleEndian(properties.AsSpan(1));
        uint useful = (uint)Math.Max(output.Room, SmallestDictionary);
        BinaryPrimitives.WriteUInt32LittleEndian(properties.AsSpan(1), Math.Min(dictionary, useful));
        using Stream stream = Decompression.Lzma(properties, new ReadOnlyMemoryStream(data[LzmaHeaderSize..]), data.Length - LzmaHeaderSize, size);
        output.Fill(stream);
    }

    /// <summary>One frame, decoded where it belongs: a stream would copy through a window of up to 128 MiB [zstd].</summary>
    private static void DecodeZstd(ReadOnlyMemory<byte> data, PayloadBuffer output)
    {
        if (!Decompression.TryZstdFrame(data.Span, output.Free(output.Room).Span, out int count))
            throw new InvalidDataException("the frame is malformed, or longer than its trailer says.");
        output.Advance(count);
    }
}
