using KvmPS.Core.Boot;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>What <c>Start-KvmVM -Verbose</c> tells of a boot: what the machine is made of and what goes where, before; how long the building took, after.</summary>
internal static class StartStory
{
    /// <summary>The steps up to the first instruction.</summary>
    /// <exception cref="ImageNotBootableException">The start would fail with it, too.</exception>
    /// <exception cref="IOException">A file cannot be read; the start would fail with it, too.</exception>
    public static IEnumerable<string> Before(KvmVM vm)
    {
        MachineConfig config = vm.Machine.Config;
        yield return $"Build machine '{vm.Name}': {vm.VcpuCount} vCPU, {vm.MemoryBytes >> 10} KiB{(vm.InterruptController ? ", interrupt controllers" : "")}{(vm.Acpi ? ", ACPI" : "")}, console on {vm.Console}.";
        foreach (DiskConfig disk in config.Disks) yield return $"Open disk '{disk.Name}': {ConfigurationText.Disk(disk)}.";
        foreach (string step in BootStory.Of(BootPlan.Of(config)).Steps) yield return step;
    }

    /// <summary>How long it took until the machine was built.</summary>
    public static IEnumerable<string> After(KvmVM vm) =>
        vm.Machine.MeasureBoot().Where(static mark => mark.Phase == BootPhase.Load).Select(static mark => $"{mark.Text} after {mark.Time.TotalMilliseconds:F1} ms.");
}
