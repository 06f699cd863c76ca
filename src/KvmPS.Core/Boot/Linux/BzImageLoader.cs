using KvmPS.Native;

namespace KvmPS.Core.Boot;

/// <summary>Opens bzImages: takes the kernel out when it can, and enters the image's own code when it cannot [x86-boot §1.14, §1.15].</summary>
internal static class BzImageLoader
{
    private const ulong Entry64Offset = 0x200;

    public static bool Recognizes(in ImageReader head) => SetupHeader.Recognizes(head);

    /// <exception cref="ImageNotBootableException">The header or the compressed kernel is broken.</exception>
    public static BootImage Open(IImageSource source, in ImageReader head, ImageOptions options)
    {
        SetupHeader header = SetupHeader.Read(head);
        string? version = header.VersionText == 0 ? null : KernelBanner.WordAt(source, header.VersionText + 0x200);
        KernelPayload payload = KernelPayload.Find(source, header);

        string note = $"entered in its own code: {payload.Obstacle ?? "extraction is turned off"}";
        if (payload.Obstacle is null && options.ExtractPayload)
        {
            var kernel = new MemoryImageSource($"{source.Name} (extracted kernel)", payload.Extract());
            if (TryOpenKernel(source.Name, kernel, header, payload, version, out note) is { } image) return image;
        }

        return OpenOwnCode(source, header, payload, version, note);
    }

    /// <summary>
    /// The kernel inside, at its link address: the address that its own decompressor would choose, less the randomization of KASLR, for which a
    /// loader in the guest would have to apply relocations.
    /// </summary>
    private static BootImage? TryOpenKernel(
        string name, MemoryImageSource kernel, SetupHeader header, KernelPayload payload, string? version, out string note)
    {
        var head = new ImageReader(kernel.Name, kernel.Bytes.Span, 0);
        if (!ElfFile.Recognizes(head))
        {
            note = $"entered in its own code: its {payload.Compression} payload is no ELF kernel";
            return null;
        }

        ElfFile elf = ElfFile.Read(kernel, head);
        if (!elf.Is64)
        {
            note = "entered in its own code: its kernel is a 32-bit one, whose entry is private to its decompressor";
            return null;
        }

        note = "";
        IReadOnlyList<ImageSegment> segments = elf.Segments();
        return new BootImage(kernel, new LinuxProtocol(CpuMode.Long, header), segments, () => version)
        {
            Name = name,
            Format = ImageFormat.BzImage,
            Entry = ElfLoader.Linux64Entry(kernel, elf),
            End = segments[^1].End,
            Compression = payload.Compression,
            IsExtracted = true,
        };
    }

    private static BootImage OpenOwnCode(IImageSource source, SetupHeader header, KernelPayload payload, string? version, string note)
    {
        GuestAddress wish = PreferredAddress(source, header);
        GuestAddress address = header.IsRelocatable ? wish : new GuestAddress(header.Code32Start);
        ulong offset = (ulong)header.CodeOffset;
        if (offset >= (ulong)source.Length)
            throw new ImageNotBootableException(source.Name, 0x1F1, $"setup_sects puts the code at 0x{offset:x}, past the image's end [x86-boot §1.10].");

        ulong size = (ulong)source.Length - offset;
        IReadOnlyList<ImageSegment> segments = SegmentPlacer.Check(source, [new ImageSegment((long)offset, size, address, size)], "[x86-boot §1.1]");
        CpuMode mode = header.HasEntry64 ? CpuMode.Long : CpuMode.Protected;
        return new BootImage(source, new LinuxProtocol(mode, header, address), segments, () => version)
        {
            Format = ImageFormat.BzImage,
            Entry = header.HasEntry64 ? address + Entry64Offset : address,
            // The code moves itself to the address that the kernel prefers, when it is not there already, and works from there on.
            End = new GuestAddress(Math.Max(address.Value + size, Math.Max(address.Value, wish.Value) + header.InitSize)),
            Compression = payload.Compression,
            Notes = [note],
        };
    }

    /// <summary>
    /// Where the kernel prefers to be. A relocatable one is loaded there, aligned as it demands, another one where its 32-bit entry is, at 1 MiB.
    /// </summary>
    private static GuestAddress PreferredAddress(IImageSource source, SetupHeader header)
    {
        ulong align = header.IsRelocatable ? header.Alignment : 1;
        if (!ulong.IsPow2(align))
            throw new ImageNotBootableException(source.Name, 0x230, $"kernel_alignment is 0x{align:x}, no power of two [x86-boot §1.3].");

        ulong wish = header.PreferredAddress ?? MemoryLayout.Kernel;
        if (wish > uint.MaxValue - align)
            throw new ImageNotBootableException(source.Name, 0x258, $"pref_address 0x{wish:x} is not below 4 GiB, where code is entered [x86-boot §1.3].");
        return new GuestAddress((Math.Max(wish, MemoryLayout.Kernel) + align - 1) & ~(align - 1));
    }
}
