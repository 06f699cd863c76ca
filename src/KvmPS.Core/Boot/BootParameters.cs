using KvmPS.Core.Boot.Acpi;
using KvmPS.Native;

namespace KvmPS.Core.Boot;

/// <summary>An initrd, or one of several, or a multiboot module.</summary>
/// <param name="Source">Its bytes.</param>
/// <param name="CommandLine">The string that multiboot and PVH hand over with it; null for the source's name.</param>
public sealed record BootModule(IImageSource Source, string? CommandLine = null);

/// <summary>What the user gives a kernel beside its image.</summary>
public sealed record BootParameters
{
    /// <summary>The command line, without the image's name in front; UTF-8 in the guest.</summary>
    public string CommandLine { get; init; } = "";

    /// <summary>Initrds in order: Linux sees their concatenation, multiboot and PVH kernels see modules.</summary>
    public IReadOnlyList<BootModule> Initrds { get; init; } = [];

    /// <summary>The memory map that the guest is told; null for <see cref="E820Map.Of"/> of its memory.</summary>
    public E820Map? MemoryMap { get; init; }

    /// <summary>How many processors the MP table tells of; null for a machine without interrupt controllers, which gets no table.</summary>
    public int? MpProcessors { get; init; }

    /// <summary>The ACPI tables; null for a machine without ACPI.</summary>
    public AcpiTables? Acpi { get; init; }

    /// <summary>Where the ACPI root pointer lies; null for a machine without ACPI.</summary>
    public GuestAddress? AcpiRsdp => Acpi?.RootPointer;

    /// <summary>Is told what is placed where; null when nobody wants to know.</summary>
    public PlacementRecord? Record { get; init; }
}
