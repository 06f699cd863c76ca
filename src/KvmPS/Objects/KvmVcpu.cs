using System.Diagnostics;
using KvmPS.Core.Machine;
using KvmPS.Native;

namespace KvmPS;

/// <summary>A vCPU: counters are live, the instruction pointer is a sample with its age.</summary>
public sealed class KvmVcpu
{
    private readonly VcpuThread? _thread;
    private readonly Func<MachineState> _machineState;
    private readonly long _sampledAt;

    internal KvmVcpu(KvmVM vm, int index, VcpuThread? thread)
    {
        VMName = vm.Name;
        Index = index;
        _thread = thread;
        _machineState = () => vm.State;
        if (thread is not null) Rip = thread.SampleRegisters().rip;
        _sampledAt = Stopwatch.GetTimestamp();
    }

    /// <summary>The machine's name.</summary>
    public string VMName { get; }

    /// <summary>The number of the vCPU, from 0; also its APIC id.</summary>
    public int Index { get; }

    /// <summary>What it is doing: Off, Running or Paused.</summary>
    public MachineState State => _thread is null || _thread.HasEnded ? MachineState.Off : _machineState();

    /// <summary>The instruction pointer when the object was got.</summary>
    public ulong Rip { get; }

    /// <summary>How long ago that was.</summary>
    public TimeSpan SampleAge => Stopwatch.GetElapsedTime(_sampledAt);

    /// <summary>The host's number of its thread; 0 when it does not run.</summary>
    public int ThreadId => _thread?.ThreadId ?? 0;

    /// <summary>Exits to the host.</summary>
    public long Exits => _thread?.Exits ?? 0;

    /// <summary>CPU time of its thread, in the guest and for it.</summary>
    public TimeSpan CpuTime => _thread?.CpuTime ?? TimeSpan.Zero;

    /// <summary>The machine's name and the number.</summary>
    public override string ToString() => $"{VMName}/{Index}";
}
