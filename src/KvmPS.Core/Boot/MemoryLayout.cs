using KvmPS.Native;

namespace KvmPS.Core.Boot;

/// <summary>A range of guest-physical addresses that somebody has claimed.</summary>
/// <param name="Start">The first address.</param>
/// <param name="Size">Bytes; the range does not wrap.</param>
/// <param name="Purpose">What it is for, as errors name it.</param>
public readonly record struct ReservedRange(GuestAddress Start, ulong Size, string Purpose)
{
    /// <summary>The first address after the range.</summary>
    public GuestAddress End => Start + Size;

    /// <summary>Whether the range shares an address with [<paramref name="start"/>, <paramref name="start"/> + <paramref name="size"/>).</summary>
    public bool Overlaps(GuestAddress start, ulong size) => size != 0 && start < End && Start < start + size;
}

/// <summary>Every guest-physical address that the machine itself chooses, each with its reason.</summary>
/// <remarks>
/// Boot structures live in the first 640 KiB, which no kernel image claims: kernels load at 1 MiB and above. The interrupt vectors and the BIOS
/// data area (0-0x4FF) stay zero, so that a kernel that looks there finds no firmware. All of it is ordinary RAM once the kernel has read it.
/// </remarks>
public static class MemoryLayout
{
    /// <summary>Where RAM makes room for devices: 1 GiB below 4 GiB, as on a PC with PCI.</summary>
    public const ulong MmioHoleStart = 0xC000_0000;

    /// <summary>Where RAM goes on: 4 GiB, so that the hole needs 32-bit addresses only.</summary>
    public const ulong MmioHoleEnd = 0x1_0000_0000;

    /// <summary>Where raw code is loaded and entered by default: above the BIOS data area and the boot GDT, at the start of a page.</summary>
    public const ulong RawCode = 0x1000;

    /// <summary>Where kernels without a wish are loaded: 1 MiB, past the BIOS area [x86-boot §1.1].</summary>
    public const ulong Kernel = 0x10_0000;

    /// <summary>The lowest address for initrds and modules: below 1 MiB are boot structures and holes.</summary>
    public const ulong LowestModule = Kernel;

    /// <summary>The end of base memory: 640 KiB, where display memory begins on a PC.</summary>
    public const ulong BaseMemoryEnd = 0xA_0000;

    /// <summary>The registers of virtio devices, a page each: in the hole, above 3.25 GiB, where guests expect devices and no other is.</summary>
    public const ulong VirtioMmio = 0xD000_0000;

    /// <summary>The I/O APIC's registers, the address every PC uses [mps §3.6.5].</summary>
    public const ulong IoApic = 0xFEC0_0000;

    /// <summary>The local APICs' registers, at their power-on address [sdm 3 §11.4.1].</summary>
    public const ulong LocalApic = 0xFEE0_0000;

    /// <summary>KVM's page for the identity map of real mode on Intel hosts: in the hole, below the TSS, off the last 256 KiB where firmware lies.</summary>
    public const ulong KvmIdentityMap = 0xFFFB_C000;

    /// <summary>KVM's three pages for the task state segment of real mode on Intel hosts [kvm-api 4.35].</summary>
    public const ulong KvmTaskStateSegment = 0xFFFB_D000;

    /// <summary>The flat descriptor table for protected and long mode: after the BIOS data area, so that page 0 holds it.</summary>
    public static readonly ReservedRange BootGdt = new(new GuestAddress(0x500), 0x100, "the boot GDT");

    /// <summary>The PVH <c>start_info</c> or the multiboot information structure with the tables that they point to.</summary>
    public static readonly ReservedRange BootInfo = new(new GuestAddress(0x6000), 0x1000, "the boot information");

    /// <summary>The Linux zero page, <c>struct boot_params</c> [zero-page].</summary>
    public static readonly ReservedRange ZeroPage = new(new GuestAddress(0x7000), 0x1000, "the zero page");

    /// <summary>Page tables of the long-mode entry: a PML4, a page-directory-pointer table and four page directories of 2 MiB pages for 4 GiB.</summary>
    public static readonly ReservedRange PageTables = new(new GuestAddress(0x9000), 0x6000, "the boot page tables");

    /// <summary>The command line and the strings of modules: 64 KiB, the most that an early kernel maps for it.</summary>
    public static readonly ReservedRange CommandLine = new(new GuestAddress(0x2_0000), 0x1_0000, "the command line");

    /// <summary>The last KiB of base memory: the extended BIOS data area, which Linux searches for the MP floating pointer [mps §4].</summary>
    public static readonly ReservedRange Ebda = new(new GuestAddress(0x9_FC00), 0x400, "the extended BIOS data area");

    /// <summary>ACPI tables: in the range that guests without a boot protocol's help search for the root pointer [acpi §5.2.5.1].</summary>
    public static readonly ReservedRange AcpiTables = new(new GuestAddress(0xE_0000), 0x1_0000, "the ACPI tables");

    /// <summary>The BIOS area that guests search for tables and leave alone: the MP configuration table, which outgrows the EBDA at 40 processors.</summary>
    public static readonly ReservedRange BiosArea = new(new GuestAddress(0xF_0000), 0x1_0000, "the BIOS area");
}
