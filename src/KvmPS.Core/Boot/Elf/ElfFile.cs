using KvmPS.Native;

namespace KvmPS.Core.Boot;

/// <summary>One program header of an ELF file.</summary>
internal readonly record struct ElfProgramHeader(
    uint Type, ulong Offset, ulong VirtualAddress, ulong PhysicalAddress, ulong FileSize, ulong MemorySize, ulong Align);

/// <summary>The headers of an ELF file for x86, 32 or 64 bits wide [elf].</summary>
internal sealed class ElfFile
{
    public const ushort MachineX86 = 3;
    public const ushort MachineX64 = 62;
    private const uint TypeLoad = 1;
    private const uint TypeInterpreter = 3;
    private const uint TypeNote = 4;
    private const ushort SharedObject = 3;
    private const int TypeOffset = 16;
    private const int SmallestHeader = 52;

    private readonly IImageSource _source;

    private ElfFile(IImageSource source) => _source = source;

    /// <summary>Whether the file is of class ELFCLASS64.</summary>
    public required bool Is64 { get; init; }

    /// <summary>Whether <c>e_type</c> is ET_DYN: a shared object, or a program that runs at any address.</summary>
    public required bool IsSharedObject { get; init; }

    /// <summary><c>e_machine</c>.</summary>
    public required ushort Machine { get; init; }

    /// <summary><c>e_entry</c>, which linkers fill with a virtual or a physical address.</summary>
    public required ulong Entry { get; init; }

    public required IReadOnlyList<ElfProgramHeader> Headers { get; init; }

    /// <summary>The headers of note segments.</summary>
    public IEnumerable<ElfProgramHeader> Notes => Headers.Where(header => header.Type == TypeNote);

    private IEnumerable<ElfProgramHeader> Loads => Headers.Where(header => header.Type == TypeLoad && header.MemorySize != 0);

    /// <summary>Whether the magic number is there.</summary>
    public static bool Recognizes(in ImageReader head) => head.Bytes.StartsWith("\u007fELF"u8);

    /// <summary>Reads the file header and the program headers.</summary>
    /// <exception cref="ImageNotBootableException">They are not those of an x86 executable, or leave the file.</exception>
    public static ElfFile Read(IImageSource source, in ImageReader head)
    {
        head.Take(0, SmallestHeader);
        byte width = head.U8(4);
        if (width is not (1 or 2)) throw head.Broken(4, $"EI_CLASS is {width}, neither 32 nor 64 bits [elf].");
        if (head.U8(5) != 1) throw head.Broken(5, "EI_DATA says that it is not little-endian [elf].");
        bool is64 = width == 2;

        ushort type = head.U16(TypeOffset);
        if (type is not (2 or SharedObject)) throw head.Broken(TypeOffset, $"e_type is {type}, and only executables (2) and shared objects (3) are laid out for loading [elf].");
        ushort machine = head.U16(18);
        if (machine is not (MachineX86 or MachineX64)) throw head.Broken(18, $"e_machine is {machine}, and this machine runs x86 (3) and x86-64 (62) [elf].");

        ulong table = is64 ? head.U64(32) : head.U32(28);
        ushort entrySize = head.U16(is64 ? 54 : 42);
        ushort count = head.U16(is64 ? 56 : 44);
        int needed = is64 ? 56 : 32;
        if (count == 0) throw head.Broken(is64 ? 56 : 44, "e_phnum is 0: without program headers nothing says what to load [elf].");
        if (entrySize != needed) throw head.Broken(is64 ? 54 : 42, $"e_phentsize is {entrySize}, and a program header has {needed} bytes [elf].");

        byte[] bytes = source.ReadBytes(table, (ulong)count * entrySize, "the program header table");
        var view = new ImageReader(source.Name, bytes, (long)table);
        var headers = new ElfProgramHeader[count];
        for (int i = 0; i < count; i++)
        {
            ImageReader entry = view.Part(i * entrySize, entrySize);
            headers[i] = is64 ? Read64(entry) : Read32(entry);
        }

        return new ElfFile(source)
        {
            Is64 = is64,
            IsSharedObject = type == SharedObject,
            Machine = machine,
            Entry = is64 ? head.U64(24) : head.U32(24),
            Headers = headers,
        };
    }

    /// <summary>Refuses programs of an operating system, which are ELF executables as well and would run their first instructions.</summary>
    /// <param name="isDeclared">Whether a note or a header says that this is a kernel: those may be position-independent.</param>
    /// <exception cref="ImageNotBootableException">It asks for an interpreter, or is a shared object that nothing declares a kernel.</exception>
    public void RequireKernel(bool isDeclared)
    {
        foreach (ElfProgramHeader header in Headers)
        {
            if (header.Type != TypeInterpreter) continue;
            throw new ImageNotBootableException(
                _source.Name, (long)header.Offset, "PT_INTERP names the loader that it needs: it is a program of an operating system, no kernel [elf].");
        }

        if (IsSharedObject && !isDeclared)
        {
            throw new ImageNotBootableException(
                _source.Name, TypeOffset, "e_type is ET_DYN, and neither a PVH nor a Linux note nor a multiboot header makes it a kernel: it is a shared object or a program [elf].");
        }
    }

    /// <summary>The loadable segments at their physical addresses, checked.</summary>
    /// <exception cref="ImageNotBootableException">One leaves the file or the address space, or two overlap.</exception>
    public IReadOnlyList<ImageSegment> Segments() => SegmentPlacer.Check(
        _source, Loads.Select(load => new ImageSegment((long)load.Offset, load.FileSize, new GuestAddress(load.PhysicalAddress), load.MemorySize)), "[elf]");

    /// <summary>
    /// The physical address of an address that may be virtual: as it is when a segment is loaded there, else translated by the segment linked there.
    /// </summary>
    /// <exception cref="ImageNotBootableException">No segment holds it.</exception>
    public GuestAddress ToPhysical(ulong address, string what)
    {
        // GUEST-CONTROLLED: the differences wrap when the address is below the segment, and are then larger than any size that was accepted.
        foreach (ElfProgramHeader load in Loads)
        {
            if (address - load.PhysicalAddress < load.MemorySize) return new GuestAddress(address);
        }

        foreach (ElfProgramHeader load in Loads)
        {
            if (address - load.VirtualAddress < load.MemorySize) return new GuestAddress(address - load.VirtualAddress + load.PhysicalAddress);
        }

        throw new ImageNotBootableException(_source.Name, 24, $"{what} 0x{address:x} lies in no segment [elf].");
    }

    private static ElfProgramHeader Read64(in ImageReader entry) =>
        new(entry.U32(0), entry.U64(8), entry.U64(16), entry.U64(24), entry.U64(32), entry.U64(40), entry.U64(48));

    private static ElfProgramHeader Read32(in ImageReader entry) =>
        new(entry.U32(0), entry.U32(4), entry.U32(8), entry.U32(12), entry.U32(16), entry.U32(20), entry.U32(28));
}
