using KvmPS.Native;

namespace KvmPS.Core.Boot;

/// <summary>Opens multiboot images: ELF files of either width, and flat ones that carry their addresses in the header [multiboot §3.1].</summary>
internal static class MultibootLoader
{
    /// <summary>Opens an image that describes itself by the header's address fields.</summary>
    /// <exception cref="ImageNotBootableException">It has no address fields, or they contradict each other or the file.</exception>
    public static BootImage OpenFlat(IImageSource source, in ImageReader head, MultibootHeader header)
    {
        header.CheckRequirements(head);
        if (header.Addresses is not { } addresses)
            throw head.Broken(header.Offset + 4, "it is no ELF file, and flag 16 with the load addresses is not set [multiboot §3.1.2].");

        IReadOnlyList<ImageSegment> segments = SegmentPlacer.Check(source, [Segment(source, head, header.Offset, addresses)], "[multiboot §3.1.3]");
        ImageSegment segment = segments[0];
        if (addresses.Entry - segment.Address.Value >= segment.MemorySize)
            throw head.Broken(header.Offset + 28, $"entry_addr 0x{addresses.Entry:x} lies outside {segment.Address}-{segment.End} [multiboot §3.1.3].");
        return Make(source, segments, ImageFormat.MultibootFlat, new GuestAddress(addresses.Entry));
    }

    /// <summary>Opens an ELF file with a multiboot header; the address fields come first when there are both, as the specification has it.</summary>
    /// <exception cref="ImageNotBootableException">It asks for what is not there, or reaches above 4 GiB.</exception>
    public static BootImage OpenElf(IImageSource source, in ImageReader head, MultibootHeader header, ElfFile elf)
    {
        if (header.Addresses is not null) return OpenFlat(source, head, header);
        header.CheckRequirements(head);

        IReadOnlyList<ImageSegment> segments = elf.Segments();
        GuestAddress entry = elf.ToPhysical(elf.Entry, "e_entry");
        if (segments[^1].End.Value > MemoryLayout.MmioHoleEnd)
            throw head.Broken(24, $"it reaches up to {segments[^1].End}, and 32-bit mode ends at 4 GiB [multiboot §3.2].");
        return Make(source, segments, ImageFormat.Elf, entry);
    }

    private static BootImage Make(IImageSource source, IReadOnlyList<ImageSegment> segments, ImageFormat format, GuestAddress entry) =>
        new(source, new MultibootProtocol(), segments, () => KernelBanner.Find(source, segments)) { Format = format, Entry = entry, End = segments[^1].End };

    private static ImageSegment Segment(IImageSource source, in ImageReader head, int offset, MultibootAddresses at)
    {
        if (at.Load > at.Header) throw head.Broken(offset + 16, $"load_addr 0x{at.Load:x} is above header_addr 0x{at.Header:x} [multiboot §3.1.3].");
        uint before = at.Header - at.Load;
        if (before > offset)
            throw head.Broken(offset + 12, $"load_addr is 0x{before:x} bytes before the header, which is at 0x{offset:x} of the file [multiboot §3.1.3].");

        long start = offset - before;
        ulong size = (ulong)(source.Length - start);
        if (at.LoadEnd != 0)
        {
            if (at.LoadEnd < at.Load) throw head.Broken(offset + 20, $"load_end_addr 0x{at.LoadEnd:x} is below load_addr 0x{at.Load:x} [multiboot §3.1.3].");
            size = at.LoadEnd - at.Load;
        }

        ulong end = at.Load + size;
        if (at.BssEnd != 0 && at.BssEnd < end)
            throw head.Broken(offset + 24, $"bss_end_addr 0x{at.BssEnd:x} is below the end of the load 0x{end:x} [multiboot §3.1.3].");
        return new ImageSegment(start, size, new GuestAddress(at.Load), Math.Max(end, at.BssEnd) - at.Load);
    }
}
