using System.IO.Compression;

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

    private static readonly PayloadFormat Gzip = new("gzip", DecodeGzip) { HasOwnSize = true };
    private static readonly PayloadFormat Lz4 = new("lz4", LegacyLz4.Decode);
    private static readonly PayloadFormat Lzo = new("lzo", null);

    /// <summary>Whether the last field of the format itself is the size; all others have it appended.</summary>
    public bool HasOwnSize { get; private init; }

    /// <summary>The format that begins with these bytes; null for none that is known.</summary>
    public static PayloadFormat? Recognize(ReadOnlySpan<byte> magic) => magic switch
    {
        [0x1F, 0x8B, ..] => Gzip,
        [0x02, 0x21, 0x4C, 0x18, ..] => Lz4,
        [0x89, (byte)'L', (byte)'Z', (byte)'O', ..] => Lzo,
        _ => null,
    };

    private static void DecodeGzip(ReadOnlyMemory<byte> data, PayloadBuffer output)
    {
        using var stream = new GZipStream(new ReadOnlyMemoryStream(data), CompressionMode.Decompress);
        output.Fill(stream);
    }
}
