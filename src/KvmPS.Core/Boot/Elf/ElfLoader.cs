using KvmPS.Native;

namespace KvmPS.Core.Boot;

/// <summary>Opens ELF kernels: Linux's vmlinux, PVH kernels, multiboot kernels in an ELF container.</summary>
internal static class ElfLoader
{
    /// <exception cref="ImageNotBootableException">The file is broken, or is a program, or has not the entry that was asked for.</exception>
    public static BootImage Open(IImageSource source, in ImageReader head, ImageOptions options)
    {
        ElfFile elf = ElfFile.Read(source, head);
        ElfNotes notes = ElfNotes.Read(source, elf);
        MultibootHeader? multiboot = MultibootHeader.Find(head);
        elf.RequireKernel(isDeclared: notes.IsLinux || notes.PvhEntry is not null || multiboot is not null);

        return (options.Entry == EntryChoice.Automatic ? Choose(elf, notes, multiboot) : options.Entry) switch
        {
            EntryChoice.Multiboot when multiboot is not null => MultibootLoader.OpenElf(source, head, multiboot, elf),
            EntryChoice.Multiboot => throw head.Broken(0, "there is no multiboot header in its first 8192 bytes [multiboot §3.1]."),
            EntryChoice.Pvh => Make(source, elf.Segments(), new PvhProtocol(notes.IsLinux), PvhEntry(source, elf, notes)),
            _ => Make(source, elf.Segments(), new LinuxProtocol(CpuMode.Long, SetupHeader.ForVmlinux()), Linux64Entry(source, elf)),
        };
    }

    /// <summary>The 64-bit entry of a kernel.</summary>
    /// <exception cref="ImageNotBootableException">The kernel is a 32-bit one, or its entry lies in no segment.</exception>
    public static GuestAddress Linux64Entry(IImageSource source, ElfFile elf)
    {
        if (!Is64(elf))
            throw new ImageNotBootableException(source.Name, 18, "it is a 32-bit ELF file, and Linux's 64-bit entry needs a 64-bit kernel [x86-boot §1.15].");

        GuestAddress entry = elf.ToPhysical(elf.Entry, "e_entry");
        if (entry.Value >= MemoryLayout.MmioHoleEnd)
            throw new ImageNotBootableException(source.Name, 24, $"it is entered at {entry}, and long mode begins with only the first 4 GiB mapped.");
        return entry;
    }

    /// <summary>Linux by its own entry, which skips the PVH stub; others by what they declare; and by Linux's entry when they declare nothing.</summary>
    private static EntryChoice Choose(ElfFile elf, ElfNotes notes, MultibootHeader? multiboot)
    {
        if (Is64(elf) && notes.IsLinux) return EntryChoice.Linux64;
        if (notes.PvhEntry is not null) return EntryChoice.Pvh;
        return multiboot is null ? EntryChoice.Linux64 : EntryChoice.Multiboot;
    }

    private static bool Is64(ElfFile elf) => elf.Is64 && elf.Machine == ElfFile.MachineX64;

    private static GuestAddress PvhEntry(IImageSource source, ElfFile elf, ElfNotes notes)
    {
        if (notes.PvhEntry is { } entry) return elf.ToPhysical(entry.Value, "the PVH entry");
        throw new ImageNotBootableException(source.Name, null, "it has no note XEN_ELFNOTE_PHYS32_ENTRY with a PVH entry [pvh].");
    }

    private static BootImage Make(IImageSource source, IReadOnlyList<ImageSegment> segments, IProtocolWriter protocol, GuestAddress entry) =>
        new(source, protocol, segments, () => KernelBanner.Find(source, segments)) { Format = ImageFormat.Elf, Entry = entry, End = segments[^1].End };
}
