using KvmPS.Native;

namespace KvmPS.Core.Boot;

/// <summary>A run of bytes that an image wants at an address, followed by zeros.</summary>
/// <param name="SourceOffset">Where the bytes begin: in the image, or in the extracted kernel.</param>
/// <param name="FileSize">How many bytes come from there.</param>
/// <param name="Address">Where they go.</param>
/// <param name="MemorySize">How many bytes the segment takes in memory; at least <paramref name="FileSize"/>, the rest is zero.</param>
public readonly record struct ImageSegment(long SourceOffset, ulong FileSize, GuestAddress Address, ulong MemorySize)
{
    /// <summary>The first address after the segment.</summary>
    public GuestAddress End => Address + MemorySize;
}

/// <summary>Checks segments against each other, the boot structures and RAM, and copies them.</summary>
internal static class SegmentPlacer
{
    private const ulong LargestPiece = 1 << 30;

    /// <summary>The segments of an image in ascending order, each inside the image and none on top of another.</summary>
    /// <exception cref="ImageNotBootableException">A segment breaks one of these rules.</exception>
    public static IReadOnlyList<ImageSegment> Check(IImageSource source, IEnumerable<ImageSegment> segments, string section)
    {
        ImageSegment[] sorted = [.. segments.OrderBy(segment => segment.Address)];
        if (sorted.Length == 0) throw new ImageNotBootableException(source.Name, null, $"it has no segment to load {section}.");

        for (int i = 0; i < sorted.Length; i++)
        {
            ImageSegment segment = sorted[i];
            source.RequireRange((ulong)segment.SourceOffset, segment.FileSize, $"the segment for {segment.Address}");
            if (segment.FileSize > segment.MemorySize)
                throw Broken(source, segment, $"a segment has 0x{segment.FileSize:x} bytes in the file and only 0x{segment.MemorySize:x} in memory {section}.");
            if (segment.MemorySize > ulong.MaxValue - segment.Address.Value)
                throw Broken(source, segment, $"a segment of 0x{segment.MemorySize:x} bytes at {segment.Address} leaves the address space {section}.");
            if (i > 0 && sorted[i - 1].End > segment.Address)
                throw Broken(source, segment, $"the segment at {segment.Address} overlaps the one at {sorted[i - 1].Address} {section}.");
        }

        return sorted;
    }

    /// <summary>Copies segments to guest memory.</summary>
    /// <exception cref="ImageNotBootableException">A segment is not all RAM, or lies on a boot structure, or there is no RAM for one of these.</exception>
    public static void Place(IImageSource source, IReadOnlyList<ImageSegment> segments, IReadOnlyList<ReservedRange> reserved, GuestMemory memory)
    {
        foreach (ImageSegment segment in segments)
        {
            foreach (ReservedRange range in reserved)
            {
                if (range.Overlaps(segment.Address, segment.MemorySize))
                    throw Broken(source, segment, $"the segment {segment.Address}-{segment.End} overlaps {range.Purpose} at {range.Start}-{range.End}.");
            }

            if (!memory.Contains(segment.Address, segment.MemorySize))
                throw Broken(source, segment, $"the segment {segment.Address}-{segment.End} is not all RAM: {Describe(memory)}.");
        }

        foreach (ReservedRange range in reserved)
        {
            if (!memory.Contains(range.Start, range.Size)) throw new ImageNotBootableException(source.Name, null, NoRoom(range, memory));
        }

        foreach (ImageSegment segment in segments)
        {
            source.CopyTo(segment.SourceOffset, segment.FileSize, memory, segment.Address);
            Clear(memory, segment.Address + segment.FileSize, segment.MemorySize - segment.FileSize);
        }
    }

    /// <summary>The machine's RAM in words, for errors.</summary>
    public static string Describe(GuestMemory memory) => $"the machine has {memory.Size >> 10} KiB at {string.Join(", ", memory.Regions)}";

    /// <summary>All boot structures lie in the first MiB.</summary>
    private static string NoRoom(ReservedRange range, GuestMemory memory) =>
        $"there is no RAM for {range.Purpose} at {range.Start}-{range.End}: {Describe(memory)}; give it 1 MiB at least (-MemoryBytes).";

    private static void Clear(GuestMemory memory, GuestAddress address, ulong length)
    {
        while (length != 0)
        {
            int piece = (int)Math.Min(length, LargestPiece);
            memory.Fill(address, piece, 0);
            address += (ulong)piece;
            length -= (ulong)piece;
        }
    }

    private static ImageNotBootableException Broken(IImageSource source, ImageSegment segment, string rule) =>
        new(source.Name, segment.SourceOffset, rule);
}
