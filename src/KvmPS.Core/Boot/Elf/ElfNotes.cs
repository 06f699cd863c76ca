using KvmPS.Native;

namespace KvmPS.Core.Boot;

/// <summary>What the notes of an ELF kernel say about booting it.</summary>
/// <param name="PvhEntry">The 32-bit physical entry of <c>XEN_ELFNOTE_PHYS32_ENTRY</c>; null without one [pvh].</param>
/// <param name="IsLinux">Whether Linux left a note of its own (since 5.3; <c>include/linux/elfnote.h</c>).</param>
internal readonly record struct ElfNotes(GuestAddress? PvhEntry, bool IsLinux)
{
    private const uint XenPhysicalEntry = 18;

    /// <summary>Notes are a few hundred bytes; more than this is an attempt at our memory or our time.</summary>
    private const ulong MostBytes = 1 << 20;

    /// <summary>Reads all note segments.</summary>
    /// <exception cref="ImageNotBootableException">A note leaves its segment, all of them exceed 1 MiB, or the entry is not 32 or 64 bits wide.</exception>
    public static ElfNotes Read(IImageSource source, ElfFile elf)
    {
        var notes = default(ElfNotes);
        ulong left = MostBytes;
        foreach (ElfProgramHeader header in elf.Notes)
        {
            // GUEST-CONTROLLED: all of the 65,535 headers may name the same bytes, so that the file's length bounds no sum.
            if (header.FileSize > left)
                throw new ImageNotBootableException(source.Name, (long)header.Offset, $"a note segment of 0x{header.FileSize:x} bytes makes all notes more than 1 MiB.");
            left -= header.FileSize;
            byte[] bytes = source.ReadBytes(header.Offset, header.FileSize, "a note segment");
            notes = notes.With(new ImageReader(source.Name, bytes, (long)header.Offset), header.Align == 8 ? 8u : 4u);
        }

        return notes;
    }

    private ElfNotes With(in ImageReader segment, uint align)
    {
        ElfNotes notes = this;
        for (long offset = 0; offset < segment.Length;)
        {
            ImageReader header = segment.Part(offset, 12);
            uint nameSize = header.U32(0), size = header.U32(4), type = header.U32(8);
            long data = offset + AlignUp(12 + (long)nameSize, align);
            ReadOnlySpan<byte> name = segment.Take(offset + 12, nameSize).TrimEnd((byte)0);

            if (name.SequenceEqual("Linux"u8)) notes = notes with { IsLinux = true };
            if (name.SequenceEqual("Xen"u8) && type == XenPhysicalEntry) notes = notes with { PvhEntry = Entry(segment.Part(data, size)) };
            offset = data + AlignUp(size, align);
        }

        return notes;
    }

    private static GuestAddress Entry(in ImageReader data) => data.Length switch
    {
        4 => new GuestAddress(data.U32(0)),
        8 when data.U64(0) <= uint.MaxValue => new GuestAddress(data.U64(0)),
        8 => throw data.Broken(0, $"the PVH entry 0x{data.U64(0):x} is above 4 GiB, and it is entered in 32-bit mode [pvh]."),
        _ => throw data.Broken(0, $"the PVH entry is {data.Length} bytes long, neither 4 nor 8 [pvh]."),
    };

    private static long AlignUp(long value, uint align) => (value + align - 1) & -(long)align;
}
