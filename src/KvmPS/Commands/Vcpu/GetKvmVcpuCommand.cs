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
        IReadOnlyList<VcpuThread> threads = vm.Machine.Vcpus;
        foreach (int index in VcpuSelection.Of(vm, Index)) WriteObject(new KvmVcpu(vm, index, index < threads.Count ? threads[index] : null));
    }
}
