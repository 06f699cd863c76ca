using System.Buffers.Binary;

namespace KvmPS.Stress.Storage;

/// <summary>
/// What a test writes on a disk: every sector tells which write made it and for which place, so that a byte that is old, lost or astray is known
/// for what it is.
/// </summary>
internal static class SectorPattern
{
    /// <summary>Bytes of a sector.</summary>
    public const int Size = 512;

    /// <summary>The version of a sector of zeroes.</summary>
    public const uint Zeroes = 0;

    /// <summary>The version of no sector: the bytes are a mix of several, or nothing that was ever written here.</summary>
    public const uint Foreign = uint.MaxValue;

    private const ulong Spread = 0x9E37_79B9_7F4A_7C15; // 2^64 by the golden ratio: neighbours differ in all bytes

    /// <summary>Fills sectors.</summary>
    /// <param name="destination">Whole sectors.</param>
    /// <param name="firstSector">The place of the first.</param>
    /// <param name="version">The write that they are from.</param>
    public static void Fill(Span<byte> destination, long firstSector, uint version)
    {
        for (int at = 0; at < destination.Length; at += Size)
        {
            if (version == Zeroes) destination.Slice(at, Size).Clear();
            else FillOne(destination.Slice(at, Size), firstSector + (at / Size), version);
        }
    }

    /// <summary>The version of one sector, or <see cref="Foreign"/>.</summary>
    public static uint VersionOf(ReadOnlySpan<byte> sector, long place)
    {
        if (!sector.ContainsAnyExcept((byte)0)) return Zeroes;
        uint version = BinaryPrimitives.ReadUInt32LittleEndian(sector);
        Span<byte> whole = stackalloc byte[Size];
        Fill(whole, place, version);
        return version is not Zeroes and not Foreign && sector.SequenceEqual(whole) ? version : Foreign;
    }

    /// <summary>What a sector says about itself, for a message.</summary>
    public static string Describe(ReadOnlySpan<byte> sector, long place)
    {
        uint version = VersionOf(sector, place);
        if (version == Zeroes) return "zeroes";
        if (version != Foreign) return $"write {version}";
        uint claimed = BinaryPrimitives.ReadUInt32LittleEndian(sector);
        uint elsewhere = BinaryPrimitives.ReadUInt32LittleEndian(sector[4..]);
        return VersionOf(sector, elsewhere) == claimed && claimed != Foreign ? $"write {claimed} of sector {elsewhere}" : $"foreign bytes {Convert.ToHexString(sector[..16])}...";
    }

    private static void FillOne(Span<byte> sector, long place, uint version)
    {
        ulong word = ((ulong)place << 32) | version;
        for (int i = 0; i < Size; i += sizeof(ulong))
        {
            BinaryPrimitives.WriteUInt64LittleEndian(sector[i..], word);
            word = (word + Spread) * Spread;
        }
    }
}
