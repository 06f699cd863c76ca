using System.Management.Automation;
using KvmPS.Native;

namespace KvmPS.Commands;

/// <summary>Gets the vCPUs of machines, with a new sample of where they are.</summary>
[Cmdlet(VerbsCommon.Get, "KvmVcpu", DefaultParameterSetName = ByName)]
[OutputType(typeof(KvmVcpu))]
public sealed class GetKvmVcpuCommand : DeviceCmdlet
{
    /// <summary>Only the vCPUs of these numbers.</summary>
    [Parameter(Position = 1)]
    [ValidateRange(0, int.MaxValue)]
    [ArgumentCompleter(typeof(VcpuIndexCompleter))]
    public int[]? Index { get; set; }

    internal override void Process(KvmVM vm)
    {
        foreach (int index in Index ?? [])
        {
            if (index < vm.VcpuCount) continue;
            throw new KvmErrorException(
                KvmErrorId.VcpuNotFound, ErrorCategory.ObjectNotFound, $"Machine '{vm.Name}' has no vCPU {index}.", $"Its vCPUs are 0 to {vm.VcpuCount - 1}.");
        }

        IReadOnlyList<VcpuThread> threads = vm.Machine.Vcpus;
        for (int index = 0; index < vm.VcpuCount; index++)
        {
            if (Index is not null && !Index.Contains(index)) continue;
            WriteObject(new KvmVcpu(vm, index, index < threads.Count ? threads[index] : null));
        }
    }
}
