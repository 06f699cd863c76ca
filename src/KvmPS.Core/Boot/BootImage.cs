using KvmPS.Native;

namespace KvmPS.Core.Boot;

/// <summary>What kind of file an image is.</summary>
public enum ImageFormat
{
    /// <summary>A Linux bzImage, or something that passes for one.</summary>
    BzImage,

    /// <summary>An ELF kernel.</summary>
    Elf,

    /// <summary>A flat image with a multiboot header that says where it goes.</summary>
    MultibootFlat,

    /// <summary>Bytes for an address, with no header at all.</summary>
    Raw,

    /// <summary>The read-only memory of a PC's firmware.</summary>
    Firmware,
}

/// <summary>How the kernel is entered, and what it finds in its registers.</summary>
public enum BootProtocol
{
    /// <summary>Linux's 64-bit entry: long mode, RSI at the zero page [x86-boot §1.15].</summary>
    Linux64,

    /// <summary>Linux's 32-bit entry: protected mode, ESI at the zero page [x86-boot §1.14].</summary>
    Linux32,

    /// <summary>Xen's direct entry: protected mode, EBX at <c>start_info</c> [pvh].</summary>
    Pvh,

    /// <summary>Multiboot 1: protected mode, a magic number in EAX, EBX at the information structure [multiboot §3.2].</summary>
    Multiboot,

    /// <summary>None: the code starts at its first byte.</summary>
    Raw,

    /// <summary>None: the CPU starts at the reset vector, 16 bytes below 4 GiB [sdm 3A §10.1.4].</summary>
    Firmware,
}

/// <summary>An image that has been read and understood: the facts about it, and the way into guest memory.</summary>
/// <remarks>The image's source stays the caller's: open until after the last <see cref="Place"/>, then disposed by its owner.</remarks>
public sealed class BootImage
{
    private readonly IImageSource _source;
    private readonly IProtocolWriter _protocol;
    private readonly Lazy<string?> _version;

    internal BootImage(IImageSource source, IProtocolWriter protocol, IReadOnlyList<ImageSegment> segments, Func<string?> version)
    {
        _source = source;
        _protocol = protocol;
        _version = new Lazy<string?>(version);
        Name = source.Name;
        Segments = segments;
    }

    /// <summary>The image's name, as the user gave it.</summary>
    public string Name { get; init; }

    /// <summary>The kind of file.</summary>
    public required ImageFormat Format { get; init; }

    /// <summary>How it is entered.</summary>
    public BootProtocol Protocol => _protocol.Protocol;

    /// <summary>The mode in which it is entered.</summary>
    public CpuMode Mode => _protocol.Mode;

    /// <summary>The physical address of its first instruction.</summary>
    public required GuestAddress Entry { get; init; }

    /// <summary>What is loaded where, in ascending order of address; offsets are into the extracted kernel when there is one.</summary>
    public IReadOnlyList<ImageSegment> Segments { get; }

    /// <summary>The first address that the image leaves free, its own run-time needs included.</summary>
    public required GuestAddress End { get; init; }

    /// <summary>How the kernel inside a bzImage is compressed; null for other images and unknown payloads.</summary>
    public string? Compression { get; init; }

    /// <summary>Whether the kernel was decompressed here, so that the guest need not.</summary>
    public bool IsExtracted { get; init; }

    /// <summary>Linux's version text, searched for on first use; null when the image has none.</summary>
    public string? KernelVersion => _version.Value;

    /// <summary>Decisions worth telling, such as why a payload was not extracted.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>What of the image is read-only memory; null for all but firmware.</summary>
    public ImageSegment? Rom { get; init; }

    /// <summary>The read-only memory that the image is; null for all but firmware.</summary>
    public GuestRom? CreateRom() => Rom is { } rom
        ? new GuestRom(rom.Address, _source.ReadBytes((ulong)rom.SourceOffset, rom.FileSize, "the firmware"))
        : null;

    /// <summary>Whether some bytes, such as a word that only one driver has, stand in what is loaded. Reads all of it.</summary>
    public bool Contains(ReadOnlySpan<byte> bytes)
    {
        byte[] wanted = bytes.ToArray();
        return SegmentSearch.Find(_source, Segments, wanted.Length, piece => piece.IndexOf(wanted) >= 0 ? wanted : null) is not null;
    }

    /// <summary>Writes the image, its initrds, its command line, its protocol's tables, the MP table and the ACPI tables, and says how to enter.</summary>
    /// <param name="memory">The machine's RAM, fresh or used.</param>
    /// <param name="parameters">Command line, initrds, memory map and processors.</param>
    /// <exception cref="ImageNotBootableException">They do not fit together, or the image has changed since it was opened.</exception>
    public CpuEntry Place(GuestMemory memory, BootParameters parameters)
    {
        IReadOnlyList<ReservedRange> tables = parameters.MpProcessors is { } count ? MpTable.Ranges(count) : [];
        if (Rom is not null) Firmware.RequireMemory(this, memory);
        RequireRunTimeMemory(memory);
        if (parameters.Acpi is { } acpi) tables = [.. tables, acpi.Range];
        SegmentPlacer.Place(_source, Segments, [.. _protocol.Reserved, .. tables], memory);
        if (parameters.MpProcessors is { } processors) MpTable.Write(memory, processors);
        parameters.Acpi?.Write(memory);
        Tell(parameters, [.. _protocol.Reserved, .. tables], memory);
        return _protocol.Write(this, memory, parameters);
    }

    private void Tell(BootParameters parameters, IEnumerable<ReservedRange> structures, GuestMemory memory)
    {
        if (parameters.Record is not { } record) return;
        record.AddStructures(structures);
        if (Protocol != BootProtocol.Raw) record.MemoryMap = parameters.MemoryMap ?? E820Map.Of(memory);
    }

    /// <summary>An image that decompresses itself writes past its last segment, up to <see cref="End"/>.</summary>
    private void RequireRunTimeMemory(GuestMemory memory)
    {
        ImageSegment last = Segments[^1];
        if (End <= last.End || memory.Contains(last.Address, End.Value - last.Address.Value)) return;
        throw new ImageNotBootableException(
            Name, null, $"it decompresses itself and needs RAM up to {End} for that [x86-boot §1.3 init_size]: {SegmentPlacer.Describe(memory)}.");
    }
}

/// <summary>One boot protocol: writes what the kernel expects to find beside itself.</summary>
internal interface IProtocolWriter
{
    BootProtocol Protocol { get; }

    CpuMode Mode { get; }

    /// <summary>Where this protocol puts its structures; no segment may lie there.</summary>
    IReadOnlyList<ReservedRange> Reserved { get; }

    CpuEntry Write(BootImage image, GuestMemory memory, BootParameters parameters);
}
