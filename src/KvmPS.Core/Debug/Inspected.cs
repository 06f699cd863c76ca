using KvmPS.Core.Machine;
using KvmPS.Native;

namespace KvmPS.Core.Debug;

/// <summary>What inspection needs of a machine in the right state, or the failure that says which state that is.</summary>
internal static class Inspected
{
    /// <summary>The memory of the present run.</summary>
    /// <exception cref="InspectionException">The machine is off.</exception>
    public static ReadableMemory Memory(VirtualMachine machine) => Run(machine).ReadableMemory;

    /// <summary>The present run.</summary>
    /// <exception cref="InspectionException">The machine is off.</exception>
    public static MachineInstance Run(VirtualMachine machine) => machine.CurrentInstance() ?? throw Off(machine);

    /// <summary>A vCPU of the present or last run.</summary>
    /// <exception cref="InspectionException">It has never run.</exception>
    public static VcpuThread Vcpu(VirtualMachine machine, int index)
    {
        IReadOnlyList<VcpuThread> vcpus = machine.Vcpus;
        if (index < vcpus.Count) return vcpus[index];
        string name = machine.Config.Name;
        throw new InspectionException(InspectionFailure.NeverStarted, name, $"vCPU {index} of machine '{name}' has never run: it has no registers yet.");
    }

    /// <summary>Runs a function on the thread of a vCPU that stands still.</summary>
    /// <exception cref="InspectionException">The machine is not paused.</exception>
    public static T InvokePaused<T>(VirtualMachine machine, int index, Func<VcpuFd, T> function)
    {
        if (machine.State == MachineState.Running) throw Running(machine);
        Run(machine);
        return Invoke(machine, index, function);
    }

    /// <summary>Runs a function on a vCPU's thread, between two instructions of the guest.</summary>
    /// <exception cref="InspectionException">The machine is off, or ends meanwhile.</exception>
    public static T Invoke<T>(VirtualMachine machine, int index, Func<VcpuFd, T> function)
    {
        try
        {
            return Vcpu(machine, index).Invoke(function);
        }
        catch (Exception ended) when (ended is VcpuEndedException or ObjectDisposedException)
        {
            throw Off(machine, ended);
        }
    }

    /// <summary>The failure of what needs a machine that stands still.</summary>
    public static InspectionException Running(VirtualMachine machine) => new(
        InspectionFailure.Running, machine.Config.Name, $"Machine '{machine.Config.Name}' is running: its vCPUs do not stand still.");

    /// <summary>The failure of what needs memory or vCPUs.</summary>
    public static InspectionException Off(VirtualMachine machine, Exception? ended = null) => new(
        InspectionFailure.Off, machine.Config.Name, $"Machine '{machine.Config.Name}' is off: it holds no memory and no vCPU.", ended);
}
