using KvmPS.Core.Boot;
using KvmPS.Core.Machine;

namespace KvmPS;

/// <summary>How a machine would boot: what is loaded where, what the guest is told, and where its first instruction is.</summary>
public sealed class KvmBootPlan
{
    internal KvmBootPlan(BootPlan plan)
    {
        var kernel = plan.Config.Boot as KernelBoot;
        Kernel = kernel?.Path;
        Firmware = (plan.Config.Boot as FirmwareBoot)?.Path;
        Format = plan.Format;
        Protocol = plan.Protocol;
        CpuMode = plan.Entry.Mode;
        Entry = plan.EntryAddress.Value;
        KernelVersion = plan.KernelVersion;
        Compression = plan.Compression;
        IsExtracted = plan.IsExtracted;
        CommandLine = kernel?.CommandLine;
        VcpuCount = plan.Config.VcpuCount;
        MemoryBytes = (long)plan.Config.MemoryBytes;
        LoadRanges = [.. plan.Segments.Select(static segment => Range(segment)), .. plan.Rom is { } rom ? [Range(rom, ", read-only")] : Array.Empty<KvmBootRange>()];
        InitrdRanges = [.. plan.Placement.Modules.Select(Range)];
        TableRanges = [.. plan.Placement.Structures.Select(Range).OrderBy(static range => range.Start)];
        MemoryMap = [.. (plan.Placement.MemoryMap?.Entries ?? []).Select(static entry => new KvmBootRange(entry.Start, entry.Size, entry.Type.ToString()))];
        Notes = [.. plan.Notes];
    }

    /// <summary>The kernel image; null for raw code and firmware.</summary>
    public string? Kernel { get; }

    /// <summary>The firmware; null for kernels and raw code.</summary>
    public string? Firmware { get; }

    /// <summary>The kind of image.</summary>
    public ImageFormat Format { get; }

    /// <summary>How the image is entered, and what it finds in its registers.</summary>
    public BootProtocol Protocol { get; }

    /// <summary>The mode of the CPU at the first instruction.</summary>
    public CpuMode CpuMode { get; }

    /// <summary>The physical address of the first instruction.</summary>
    public ulong Entry { get; }

    /// <summary>Linux's version; null when the image tells none.</summary>
    public string? KernelVersion { get; }

    /// <summary>How the kernel inside a bzImage is compressed; null for other images.</summary>
    public string? Compression { get; }

    /// <summary>Whether the host decompresses the kernel, so that the guest need not.</summary>
    public bool IsExtracted { get; }

    /// <summary>The kernel's command line; null for raw code and firmware.</summary>
    public string? CommandLine { get; }

    /// <summary>How many vCPUs the machine has.</summary>
    public int VcpuCount { get; }

    /// <summary>Its RAM, in bytes.</summary>
    public long MemoryBytes { get; }

    /// <summary>Where the image is loaded; what is longer than its bytes in the file is zero.</summary>
    public KvmBootRange[] LoadRanges { get; }

    /// <summary>Where initial RAM disks or modules are loaded.</summary>
    public KvmBootRange[] InitrdRanges { get; }

    /// <summary>Where the structures of the boot protocol and the tables of the platform are.</summary>
    public KvmBootRange[] TableRanges { get; }

    /// <summary>The memory map (E820) that the guest is told; empty for raw code, which is told none.</summary>
    public KvmBootRange[] MemoryMap { get; }

    /// <summary>Decisions worth telling.</summary>
    public string[] Notes { get; }

    /// <summary>Format and entry in one phrase.</summary>
    public override string ToString() => $"{Format} entered at 0x{Entry:x} in {CpuMode} mode ({Protocol})";

    private static KvmBootRange Range(ImageSegment segment, string access = "") => new(segment.Address, segment.MemorySize, $"0x{segment.FileSize:x} bytes of the image{access}");

    private static KvmBootRange Range(ReservedRange range) => new(range.Start, range.Size, range.Purpose);
}
