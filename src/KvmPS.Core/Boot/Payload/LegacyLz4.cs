using System.Buffers.Binary;
using KvmPS.ThirdParty;

namespace KvmPS.Core.Boot;

/// <summary>
/// The legacy LZ4 frame of <c>lz4 -l</c>, which Linux uses [lz4-frame]: a magic number, then blocks that stand alone, each 8 MiB long when
/// decompressed (the last one shorter) and preceded by its compressed size.
/// </summary>
internal static class LegacyLz4
{
    private const uint Magic = 0x184C_2102;
    private const int BlockSize = 8 << 20;

    /// <exception cref="InvalidDataException">The data are corrupt.</exception>
    public static void Decode(ReadOnlyMemory<byte> data, PayloadBuffer output)
    {
        ReadOnlySpan<byte> rest = data.Span;
        while (!rest.IsEmpty)
        {
            uint size = TakeSize(ref rest);

            // Frames may follow each other: their magic number is no block size, since it is far above the largest.
            if (size == Magic) continue;
            if (size > (uint)rest.Length) throw new InvalidDataException($"a block of 0x{size:x} bytes leaves the data, of which 0x{rest.Length:x} are left.");

            int count = Decompression.Lz4Block(rest[..(int)size], output.Free(BlockSize).Span);
            if (count < 0) throw new InvalidDataException("a block is malformed, or longer than the kernel's size allows.");
            output.Advance(count);
            rest = rest[(int)size..];
        }
    }

    private static uint TakeSize(ref ReadOnlySpan<byte> rest)
    {
        if (rest.Length < sizeof(uint)) throw new InvalidDataException("they end within a block size.");
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(rest);
        rest = rest[sizeof(uint)..];
        return size;
    }
}
