using KvmPS.Core.Devices;
using KvmPS.Native;

namespace KvmPS.Core.Machine;

/// <summary>
/// Answers the exits of the vCPUs: port and memory accesses go to the buses, everything else ends the machine. The hot path neither
/// allocates nor locks; devices have locks of their own where host threads meet the guest.
/// </summary>
internal sealed class VcpuDispatcher(Bus ports, Bus mmio, MachineInstance instance) : IVcpuHandler
{
    private const uint EmulationSuberror = 1;
    private const uint SystemEventShutdown = 1;
    private const uint SystemEventReset = 2;

    /// <inheritdoc/>
    public bool OnExit(VcpuExit exit)
    {
        switch (exit.Reason)
        {
            case VcpuExitReason.Io:
                OnPort(exit);
                return true;
            case VcpuExitReason.Mmio:
                if (exit.IsMmioWrite) mmio.Write(exit.MmioAddress, exit.MmioData);
                else mmio.Read(exit.MmioAddress, exit.MmioData);
                return true;
            case VcpuExitReason.InterruptWindow or VcpuExitReason.Interrupted:
                return true;
            default:
                instance.End(EndFor(exit));
                return false;
        }
    }

    /// <inheritdoc/>
    public void OnEnded(VcpuThread thread, Exception? failure)
    {
        try
        {
            if (failure is not null) EndWith(thread, failure);
        }
        finally
        {
            instance.VcpuEnded();
        }
    }

    private void EndWith(VcpuThread thread, Exception failure) => instance.End(
        new MachineExit(ExitReason.InternalError, $"vCPU {thread.Index}: {failure.Message}") { Exception = failure, Fault = instance.TryCaptureFault(thread.Index) });

    private void OnPort(VcpuExit exit)
    {
        Span<byte> data = exit.PortData;
        int width = exit.PortWidth;
        if (data.Length == width)
        {
            if (exit.IsPortWrite) ports.Write(exit.Port, data);
            else ports.Read(exit.Port, data);
        }
        else if (exit.IsPortWrite)
        {
            ports.WriteRepeated(exit.Port, width, data);
        }
        else
        {
            ports.ReadRepeated(exit.Port, width, data);
        }
    }

    private MachineExit EndFor(VcpuExit exit) => exit.Reason switch
    {
        VcpuExitReason.Halt => new MachineExit(ExitReason.Halted, "The CPU halted, and there is no interrupt controller to wake it."),
        VcpuExitReason.Shutdown => new MachineExit(ExitReason.TripleFault, "Triple fault.") { Fault = instance.CaptureFault(exit.Vcpu) },
        VcpuExitReason.InternalError when exit.InternalSuberror == EmulationSuberror => EmulationFailure(exit),
        VcpuExitReason.InternalError =>
            Unexpected(exit, $"KVM reports internal error {exit.InternalSuberror}."),
        VcpuExitReason.FailEntry =>
            Unexpected(exit, $"The CPU refused to enter the guest (hardware reason 0x{exit.FailEntryReason:x})."),
        VcpuExitReason.SystemEvent when exit.SystemEvent == SystemEventShutdown => new MachineExit(ExitReason.GuestShutdown, "The guest switched itself off."),
        VcpuExitReason.SystemEvent when exit.SystemEvent == SystemEventReset => new MachineExit(ExitReason.GuestReset, "The guest asked KVM for a reset."),
        _ => Unexpected(exit, $"Unexpected exit of the vCPU: {exit.Reason}."),
    };

    private MachineExit EmulationFailure(VcpuExit exit)
    {
        MachineFault fault = instance.CaptureFault(exit.Vcpu);
        string what = fault.Instruction is { } text ? $"'{text}' at 0x{fault.InstructionPointer:x}" : $"the instruction at 0x{fault.InstructionPointer:x}, which is not in RAM";
        return new MachineExit(ExitReason.EmulationFailure, $"KVM cannot emulate {what}.") { Fault = fault };
    }

    private MachineExit Unexpected(VcpuExit exit, string message) =>
        new(ExitReason.InternalError, message) { Fault = instance.CaptureFault(exit.Vcpu) };
}
