using System.Buffers.Binary;
using KvmPS.ThirdParty;

namespace KvmPS.Core.Boot;

/// <summary>
/// The parts of .xz that Linux's build uses: one stream, CRC32 or no check, blocks of LZMA2 with or without the x86 filter before it [xz].
/// The container is read here because SharpCompress's own reader rejects the x86 filter; its LZMA2 decoder does the work.
/// </summary>
internal static class XzContainer
{
    private const int StreamHeaderSize = 12;
    private const byte CheckNone = 0;
    private const byte CheckCrc32 = 1;
    private const ulong FilterX86 = 0x04;
    private const ulong FilterLzma2 = 0x21;
    private const byte LargestDictionary = 40;

    /// <exception cref="InvalidDataException">The data are corrupt, or use what Linux does not.</exception>
    public static void Decode(ReadOnlyMemory<byte> data, PayloadBuffer output)
    {
        byte check = StreamHeader(data.Span);
        int at = StreamHeaderSize;

        // Blocks follow until a zero byte, which begins the index; the size trailer of the payload makes the index dispensable.
        while (At(data.Span, at) != 0)
        {
            Block block = BlockHeader(data.Span[at..]);
            at += block.HeaderSize;
            int start = output.Length;
            at += Lzma2(data[at..], block.Dictionary, output);
            at = checked((at + 3) & ~3);

            Span<byte> decoded = output.WrittenSpan[start..];
            if (block.IsX86) X86BranchFilter.Decode(decoded);
            if (check == CheckCrc32)
            {
                Require(data.Length - at >= 4, "the CRC32 of a block is cut off.");
                Require(Crc32.Of(decoded) == BinaryPrimitives.ReadUInt32LittleEndian(data.Span[at..]), "the CRC32 of a block does not fit its data.");
                at += 4;
            }
        }
    }

    /// <summary>Checks the stream header and returns the kind of check [xz §2.1.1].</summary>
    private static byte StreamHeader(ReadOnlySpan<byte> data)
    {
        Require(data.Length >= StreamHeaderSize, "the stream header is cut off.");
        Require(Crc32.Of(data[6..8]) == BinaryPrimitives.ReadUInt32LittleEndian(data[8..]), "the CRC32 of the stream header is wrong.");
        byte check = data[7];
        Require(data[6] == 0 && check is CheckNone or CheckCrc32, $"the integrity check is of kind {check}, and kernels use none (0) or CRC32 (1).");
        return check;
    }

    /// <summary>Reads a block header [xz §3.1].</summary>
    private static Block BlockHeader(ReadOnlySpan<byte> data)
    {
        int size = (data[0] + 1) * 4;
        Require(data.Length >= size, "a block header is cut off.");
        ReadOnlySpan<byte> fields = data[1..(size - 4)];
        Require(Crc32.Of(data[..(size - 4)]) == BinaryPrimitives.ReadUInt32LittleEndian(data[(size - 4)..]), "the CRC32 of a block header is wrong.");

        byte flags = Take(ref fields);
        int filters = (flags & 3) + 1;
        Require((flags & 0x3C) == 0 && filters <= 2, "a block has filters that no kernel uses.");
        if ((flags & 0x40) != 0) Integer(ref fields);
        if ((flags & 0x80) != 0) Integer(ref fields);

        bool isX86 = filters == 2;
        if (isX86)
        {
            Require(Integer(ref fields) == FilterX86, "the filter before LZMA2 is not the x86 one.");
            Require(Integer(ref fields) == 0, "the x86 filter starts at an offset.");
        }

        Require(Integer(ref fields) == FilterLzma2 && Integer(ref fields) == 1, "the last filter is not LZMA2.");
        byte dictionary = Take(ref fields);
        Require(dictionary <= LargestDictionary, "the dictionary size of LZMA2 is unknown.");
        return new Block(size, isX86, dictionary);
    }

    /// <summary>Decodes LZMA2 chunks and returns their length, which the chunk headers tell: nothing is read beyond the end marker.</summary>
    private static int Lzma2(ReadOnlyMemory<byte> data, byte dictionary, PayloadBuffer output)
    {
        (int length, long size) = Measure(data.Span);
        Require(size <= output.Room, "a block holds more than the trailer says.");

        // The dictionary never needs to be larger than what is decoded: a claim of 4 GiB allocates no more than the kernel takes.
        byte useful = Math.Min(dictionary, SmallestDictionary(size));
        using Stream stream = Decompression.Lzma2(useful, new ReadOnlyMemoryStream(data[..length]), length, size);
        int end = output.Length + (int)size;
        while (output.Length < end)
        {
            int count = stream.Read(output.Free(Math.Min(1 << 20, end - output.Length)).Span);
            Require(count != 0, "a block ends early.");
            output.Advance(count);
        }

        return length;
    }

    /// <summary>Adds up the chunk headers: the length of the data with their end marker, and how many bytes they make.</summary>
    private static (int Length, long Size) Measure(ReadOnlySpan<byte> data)
    {
        long size = 0;
        for (int at = 0; ;)
        {
            byte control = At(data, at);
            if (control == 0) return (at + 1, size);
            bool isLzma = control >= 0x80;
            Require(isLzma || control <= 2, "an LZMA2 chunk is of an unknown kind.");
            Require(data.Length - at >= 6, "an LZMA2 chunk is cut off.");
            int unpacked = BinaryPrimitives.ReadUInt16BigEndian(data[(at + 1)..]) + 1;
            size += isLzma ? unpacked + ((control & 0x1F) << 16) : unpacked;
            at += isLzma
                ? (control >= 0xC0 ? 6 : 5) + BinaryPrimitives.ReadUInt16BigEndian(data[(at + 3)..]) + 1
                : 3 + unpacked;
        }
    }

    /// <summary>The code of the smallest dictionary for so many bytes: 2 or 3 times a power of two, from 4 KiB on [xz §5.3.1].</summary>
    private static byte SmallestDictionary(long size)
    {
        byte code = 0;
        while (code < LargestDictionary - 1 && (2L | (code & 1u)) << ((code / 2) + 11) < size) code++;
        return code;
    }

    /// <summary>A variable-length integer [xz §1.2].</summary>
    private static ulong Integer(ref ReadOnlySpan<byte> fields)
    {
        ulong value = 0;
        for (int shift = 0; shift < 63; shift += 7)
        {
            byte part = Take(ref fields);
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80) return value;
        }

        throw new InvalidDataException("an integer of the block header is too long.");
    }

    private static byte Take(ref ReadOnlySpan<byte> fields)
    {
        Require(!fields.IsEmpty, "the block header ends within a field.");
        byte value = fields[0];
        fields = fields[1..];
        return value;
    }

    private static byte At(ReadOnlySpan<byte> data, int offset)
    {
        Require((uint)offset < (uint)data.Length, "they end early.");
        return data[offset];
    }

    private static void Require(bool condition, string rule)
    {
        if (!condition) throw new InvalidDataException(rule);
    }

    private readonly record struct Block(int HeaderSize, bool IsX86, byte Dictionary);
}
