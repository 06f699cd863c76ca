namespace KvmPS.Core.Boot;

/// <summary>What a placement put where, beside the segments of the image.</summary>
public sealed class PlacementRecord
{
    private readonly List<ReservedRange> _structures = [];
    private readonly List<ReservedRange> _modules = [];

    /// <summary>The structures of the boot protocol and the tables of the platform.</summary>
    public IReadOnlyList<ReservedRange> Structures => _structures;

    /// <summary>Initrds and modules, in their order; several initrds of Linux are one range.</summary>
    public IReadOnlyList<ReservedRange> Modules => _modules;

    /// <summary>The memory map that the guest is told; null when nobody tells it one, as with raw code.</summary>
    public E820Map? MemoryMap { get; internal set; }

    internal void AddStructures(IEnumerable<ReservedRange> ranges) => _structures.AddRange(ranges);

    internal void AddModule(ModuleRange range, string purpose) => _modules.Add(new ReservedRange(range.Start, range.Size, purpose));

    /// <summary>All initrds in one, or each module by itself.</summary>
    internal void AddModules(IReadOnlyList<ModuleRange> ranges, IReadOnlyList<BootModule> modules)
    {
        for (int i = 0; i < ranges.Count; i++) AddModule(ranges[i], ranges.Count == modules.Count ? modules[i].Source.Name : $"{modules.Count} initrds");
    }
}
