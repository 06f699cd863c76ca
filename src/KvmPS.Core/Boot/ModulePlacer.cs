using KvmPS.Native;

namespace KvmPS.Core.Boot;

/// <summary>Where a module lies.</summary>
internal readonly record struct ModuleRange(GuestAddress Start, ulong Size)
{
    public GuestAddress End => Start + Size;
}

/// <summary>Finds room for initrds and modules, and reads them there.</summary>
internal static class ModulePlacer
{
    private const ulong PageMask = GuestMemory.PageSize - 1;

    /// <summary>
    /// Places initrds one after the other, as high as they may be and page aligned, as Linux wants one initrd. Archives in a row begin at
    /// multiples of 4, the alignment of cpio headers.
    /// </summary>
    /// <param name="modules">The initrds.</param>
    /// <param name="addressMax">The highest address that they may occupy.</param>
    /// <param name="lowest">The first address that the kernel leaves free.</param>
    /// <param name="memory">The machine's RAM.</param>
    /// <exception cref="ImageNotBootableException">An initrd is empty, or they do not fit.</exception>
    public static ModuleRange PlaceAsOne(IReadOnlyList<BootModule> modules, ulong addressMax, GuestAddress lowest, GuestMemory memory)
    {
        ulong size = 0;
        foreach (BootModule module in modules)
        {
            size = AlignUp(size, 4);
            // GUEST-CONTROLLED: lengths are below 2^63 and the sum stays below that, since it is checked against RAM before the next one.
            size += CheckedLength(module);
            Require(module, size, memory);
        }

        ulong ceiling = Math.Min(memory.Regions[0].End.Value, addressMax + 1);
        ulong floor = Math.Max(lowest.Value, MemoryLayout.LowestModule);
        ulong start = (ceiling - Math.Min(size, ceiling)) & ~PageMask;
        if (size > ceiling || start < floor)
        {
            throw new ImageNotBootableException(
                modules[0].Source.Name,
                null,
                $"an initrd of 0x{size:x} bytes does not fit between the kernel's end 0x{floor:x} and 0x{ceiling:x} [x86-boot §1.3 initrd_addr_max]: "
                + $"{SegmentPlacer.Describe(memory)}.");
        }

        var range = new ModuleRange(new GuestAddress(start), size);
        ulong at = start;
        foreach (BootModule module in modules)
        {
            ulong aligned = AlignUp(at, 4);
            memory.Fill(new GuestAddress(at), (int)(aligned - at), 0);
            module.Source.CopyTo(0, (ulong)module.Source.Length, memory, new GuestAddress(aligned));
            at = aligned + (ulong)module.Source.Length;
        }

        return range;
    }

    /// <summary>Places modules one after the other from <paramref name="lowest"/> on, each at the start of a page.</summary>
    /// <remarks>Low, as boot loaders do, since small kernels map little more than themselves.</remarks>
    /// <exception cref="ImageNotBootableException">A module is empty, or does not fit.</exception>
    public static IReadOnlyList<ModuleRange> PlaceEach(IReadOnlyList<BootModule> modules, GuestAddress lowest, GuestMemory memory)
    {
        var ranges = new List<ModuleRange>(modules.Count);
        ulong next = Math.Max(lowest.Value, MemoryLayout.LowestModule);
        foreach (BootModule module in modules)
        {
            ulong size = CheckedLength(module);
            next = AlignUp(next, GuestMemory.PageSize);
            var range = new ModuleRange(new GuestAddress(next), size);
            if (!memory.Contains(range.Start, size)) throw NoRoom(module, size, memory);
            module.Source.CopyTo(0, size, memory, range.Start);
            ranges.Add(range);
            next += size;
        }

        return ranges;
    }

    private static ulong CheckedLength(BootModule module) => module.Source.Length > 0
        ? (ulong)module.Source.Length
        : throw new ImageNotBootableException(module.Source.Name, 0, "it is empty.");

    private static void Require(BootModule module, ulong size, GuestMemory memory)
    {
        if (size > memory.Size) throw NoRoom(module, size, memory);
    }

    private static ImageNotBootableException NoRoom(BootModule module, ulong size, GuestMemory memory) =>
        new(module.Source.Name, null, $"there is no room for its 0x{size:x} bytes: {SegmentPlacer.Describe(memory)}.");

    private static ulong AlignUp(ulong value, ulong align) => (value + align - 1) & ~(align - 1);
}
