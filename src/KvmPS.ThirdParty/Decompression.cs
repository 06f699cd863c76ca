using K4os.Compression.LZ4;
using SharpCompress.Compressors;
using SharpCompress.Compressors.BZip2;
using SharpCompress.Compressors.LZMA;
using ZstdSharp;
using ZstdSharp.Unsafe;

namespace KvmPS.ThirdParty;

/// <summary>The decoders that .NET does not have, by SharpCompress, K4os and ZstdSharp. On corrupt data the streams throw what they like.</summary>
internal static class Decompression
{
    private const int MostWindowLog = 23; // 8 MiB, as zstd's own limit for data from anywhere

    /// <summary>Decodes one LZ4 block: the number of bytes it made, negative when it is malformed or <paramref name="output"/> too short.</summary>
    public static int Lz4Block(ReadOnlySpan<byte> block, Span<byte> output) => LZ4Codec.Decode(block, output);

    /// <summary>Decodes one zstd frame; false when it is malformed or <paramref name="output"/> too short.</summary>
    public static bool TryZstdFrame(ReadOnlySpan<byte> frame, Span<byte> output, out int count)
    {
        using var decoder = new Decompressor();
        return decoder.TryUnwrap(frame, output, out count);
    }

    /// <summary>Fills <paramref name="output"/> from the beginning of zstd data, whatever follows; false when they are malformed or make less.</summary>
    public static bool TryZstdStart(byte[] data, int length, Span<byte> output)
    {
        try
        {
            using var decoder = new Decompressor();
            decoder.SetParameter(ZSTD_dParameter.ZSTD_d_windowLogMax, MostWindowLog);
            using var packed = new MemoryStream(data, 0, length, writable: false);
            using var stream = new DecompressionStream(packed, decoder, bufferSize: 0, checkEndOfStream: false, leaveOpen: true, preserveDecompressor: true);
            return stream.ReadAtLeast(output, output.Length, throwOnEndOfStream: false) == output.Length;
        }
        catch (ZstdException)
        {
            return false;
        }
    }

    /// <summary>What a bzip2 file holds.</summary>
    public static Stream Bzip2(Stream data) => BZip2Stream.Create(data, CompressionMode.Decompress, false, false, false);

    /// <summary>What raw LZMA data hold.</summary>
    /// <param name="properties">The five bytes of the <c>.lzma</c> header.</param>
    /// <param name="data">The data behind the header.</param>
    /// <param name="length">How many bytes of them there are.</param>
    /// <param name="size">How many they make, or -1 when an end marker tells.</param>
    public static Stream Lzma(byte[] properties, Stream data, long length, long size) => LzmaStream.Create(properties, data, length, size, false);

    /// <summary>What LZMA2 chunks hold.</summary>
    /// <param name="dictionary">The code of the dictionary's size [xz §5.3.1].</param>
    /// <param name="data">The chunks, with their end marker.</param>
    /// <param name="length">How many bytes of them there are.</param>
    /// <param name="size">How many they make.</param>
    public static Stream Lzma2(byte dictionary, Stream data, long length, long size) => LzmaStream.Create([dictionary], data, length, size, null, true, false);
}
