using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>A boot plan in words: what <c>-WhatIf</c> and <c>-Verbose</c> say.</summary>
/// <param name="Summary">One phrase: format, version, compression, entry, load ranges, initrds.</param>
/// <param name="Steps">What goes where, and what else is to know.</param>
internal sealed record BootStory(string Summary, IReadOnlyList<string> Steps)
{
    /// <summary>The story of a plan.</summary>
    public static BootStory Of(BootPlan plan)
    {
        string version = plan.KernelVersion is { } text ? $" of kernel {text}" : "";
        string payload = plan.Compression is not { } compression ? ""
            : plan.IsExtracted ? $", {compression} payload extracted on the host" : $", {compression} payload left to the guest";
        string modules = string.Concat(plan.Placement.Modules.Select(static range => $", '{range.Purpose}' at {range.Start}-{range.End}"));
        string line = plan.Config.Boot is KernelBoot kernel ? $", command line '{kernel.CommandLine}'" : "";
        string[] steps =
        [
            .. plan.Segments.Select(static segment => $"Load 0x{segment.FileSize:x} bytes at {segment.Address}-{segment.End} (zero after the bytes of the file)."),
            .. plan.Rom is not { } rom ? [] : new[] { $"Map 0x{rom.FileSize:x} bytes at {rom.Address}-{rom.End}, read-only." },
            .. plan.Placement.Modules.Select(static range => $"Load '{range.Purpose}' at {range.Start}-{range.End}."),
            .. plan.Placement.Structures.Select(static range => $"Keep {range.Start}-{range.End} for {range.Purpose}."),
            .. (plan.Placement.MemoryMap?.Entries ?? []).Select(static entry => $"Tell of {entry.Type} at {entry.Start}-{entry.End}."),
            .. plan.Notes.Select(static note => $"Note: {note}."),
            $"Enter at {plan.EntryAddress} in {plan.Entry.Mode} mode ({plan.Protocol}).",
        ];
        string ranges = string.Join(", ", plan.Segments.Select(static segment => $"{segment.Address}-{segment.End}"));
        string readOnly = plan.Rom is { } firmware ? $" and read-only at {firmware.Address}-{firmware.End}" : "";
        return new BootStory($"{plan.Format}{version}{payload}, loaded at {ranges}{readOnly}{modules}, entered at {plan.EntryAddress} in {plan.Entry.Mode} mode ({plan.Protocol}){line}", steps);
    }
}
