using KvmPS.Native;

namespace KvmPS.Core.Boot;

/// <summary>Opens ELF kernels: Linux's vmlinux, PVH kernels, multiboot kernels in an ELF container.</summary>
internal static class ElfLoader
{
    /// <exception cref="ImageNotBootableException">The file is broken, or has not the entry that was asked for.</exception>
    public static BootImage Open(IImageSource source, in ImageReader head, ImageOptions options)
    {
        ElfFile elf = ElfFile.Read(source, head);
        IReadOnlyList<ImageSegment> segments = elf.Segments();
        ElfNotes notes = ElfNotes.Read(source, elf);
        EntryChoice choice = options.Entry == EntryChoice.Automatic ? Choose(elf, notes) : options.Entry;
        GuestAddress end = segments[^1].End;

        return choice switch
        {
            EntryChoice.Pvh => new BootImage(source, new PvhProtocol(notes.IsLinux), segments, () => KernelBanner.Find(source, segments))
            {
                Format = ImageFormat.Elf,
                Entry = PvhEntry(source, elf, notes),
                End = end,
            },
            _ => new BootImage(source, new LinuxProtocol(CpuMode.Long, SetupHeader.ForVmlinux()), segments, () => KernelBanner.Find(source, segments))
            {
                Format = ImageFormat.Elf,
                Entry = Linux64Entry(source, elf),
                End = end,
            },
        };
    }

    /// <summary>The 64-bit entry of a kernel.</summary>
    /// <exception cref="ImageNotBootableException">The kernel is a 32-bit one, or its entry lies in no segment.</exception>
    public static GuestAddress Linux64Entry(IImageSource source, ElfFile elf)
    {
        if (!elf.Is64 || elf.Machine != ElfFile.MachineX64)
            throw new ImageNotBootableException(source.Name, 18, "it is a 32-bit ELF file, and Linux's 64-bit entry needs a 64-bit kernel [x86-boot §1.13].");
        return elf.ToPhysical(elf.Entry, "e_entry");
    }

    private static EntryChoice Choose(ElfFile elf, ElfNotes notes)
    {
        bool is64 = elf.Is64 && elf.Machine == ElfFile.MachineX64;
        if (is64 && notes.IsLinux) return EntryChoice.Linux64;
        return notes.PvhEntry is null ? EntryChoice.Linux64 : EntryChoice.Pvh;
    }

    private static GuestAddress PvhEntry(IImageSource source, ElfFile elf, ElfNotes notes)
    {
        if (notes.PvhEntry is not { } entry) throw new ImageNotBootableException(source.Name, null, "it has no note XEN_ELFNOTE_PHYS32_ENTRY with a PVH entry [pvh].");
        return elf.ToPhysical(entry.Value, "the PVH entry");
    }
}
