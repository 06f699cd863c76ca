using System.Management.Automation;

namespace KvmPS.Commands;

/// <summary>The vCPUs that <c>-Index</c> means.</summary>
internal static class VcpuSelection
{
    /// <summary>The numbers in ascending order; all vCPUs when none is given.</summary>
    /// <exception cref="KvmErrorException">The machine has not all of them.</exception>
    public static IEnumerable<int> Of(KvmVM vm, int[]? wanted)
    {
        foreach (int index in wanted ?? [])
        {
            if (index < vm.VcpuCount) continue;
            throw new KvmErrorException(
                KvmErrorId.VcpuNotFound, ErrorCategory.ObjectNotFound, $"Machine '{vm.Name}' has no vCPU {index}.", $"Its vCPUs are 0 to {vm.VcpuCount - 1}.");
        }

        return Enumerable.Range(0, vm.VcpuCount).Where(index => wanted is null || wanted.Contains(index));
    }
}
