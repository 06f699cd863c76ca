using KvmPS.Core.Boot;
using KvmPS.Native;

namespace KvmPS.Core.Machine;

/// <summary>How a machine will be booted: found out by placing everything into memory of the right size, without KVM.</summary>
public sealed record BootPlan
{
    /// <summary>The configuration that it is the plan of.</summary>
    public required MachineConfig Config { get; init; }

    /// <summary>The kind of image.</summary>
    public required ImageFormat Format { get; init; }

    /// <summary>How the image is entered.</summary>
    public required BootProtocol Protocol { get; init; }

    /// <summary>The state of the first vCPU at its first instruction.</summary>
    public required CpuEntry Entry { get; init; }

    /// <summary>The physical address of the first instruction.</summary>
    public required GuestAddress EntryAddress { get; init; }

    /// <summary>Linux's version text; null when the image has none.</summary>
    public string? KernelVersion { get; init; }

    /// <summary>How the kernel inside a bzImage is compressed; null for other images.</summary>
    public string? Compression { get; init; }

    /// <summary>Whether the kernel is decompressed on the host.</summary>
    public bool IsExtracted { get; init; }

    /// <summary>What of the image is loaded where.</summary>
    public required IReadOnlyList<ImageSegment> Segments { get; init; }

    /// <summary>What of the image is read-only memory; null for all but firmware.</summary>
    public ImageSegment? Rom { get; init; }

    /// <summary>What else is placed: structures, tables, modules, and the memory map.</summary>
    public required PlacementRecord Placement { get; init; }

    /// <summary>Decisions worth telling.</summary>
    public IReadOnlyList<string> Notes { get; init; } = [];

    /// <summary>The plan of a configuration.</summary>
    /// <remarks>The placement is the real one, so that plan and boot cannot differ. Its memory is given page by page, as far as it is written.</remarks>
    /// <exception cref="ImageNotBootableException">The machine could not be started with it.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="KvmException">The host has not that much address space.</exception>
    public static BootPlan Of(MachineConfig config)
    {
        using OpenedImage opened = BootImages.Open(config.Boot);
        return Of(opened.Image, config);
    }

    /// <summary>The plan of a configuration whose image is open.</summary>
    /// <exception cref="ImageNotBootableException">The machine could not be started with it.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    /// <exception cref="KvmException">The host has not that much address space.</exception>
    public static BootPlan Of(BootImage image, MachineConfig config)
    {
        var record = new PlacementRecord();
        CpuEntry entry = Place(image, config, record);
        return new BootPlan
        {
            Config = config,
            Format = image.Format,
            Protocol = image.Protocol,
            Entry = entry,
            EntryAddress = image.Entry,
            KernelVersion = image.KernelVersion,
            Compression = image.Compression,
            IsExtracted = image.IsExtracted,
            Segments = image.Segments,
            Rom = image.Rom,
            Placement = record,
            Notes = image.Notes,
        };
    }

    /// <summary>Builds the machine as far as it goes without KVM.</summary>
    private static CpuEntry Place(BootImage image, MachineConfig config, PlacementRecord record)
    {
        var consoles = new MachineConsoles(config);
        var instance = new MachineInstance(config, consoles, new MachineDisks(config, new MachineNotices()), new UnobservedRun());
        try
        {
            instance.Memory = GuestMemory.Allocate(config.MemoryBytes, new GuestAddress(MemoryLayout.MmioHoleStart), new GuestAddress(MemoryLayout.MmioHoleEnd));
            PcPlatform.AddDevices(instance);
            return MachineBuilder.PlaceImage(instance, image, record);
        }
        finally
        {
            instance.Free();
            consoles.Complete();
        }
    }
}
