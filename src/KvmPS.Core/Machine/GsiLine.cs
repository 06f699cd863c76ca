using KvmPS.Core.Devices;
using KvmPS.Native;

namespace KvmPS.Core.Machine;

/// <summary>A wire to an input of the in-kernel interrupt controllers, by KVM's number (GSI). An ISA interrupt has the same number.</summary>
internal sealed class GsiLine(MachineInstance instance, int gsi) : IInterruptLine
{
    private bool _level; // guarded by the device's own lock: one device drives one wire

    /// <inheritdoc/>
    public void Set(bool asserted)
    {
        if (_level == asserted) return;
        _level = asserted;
        try
        {
            instance.Vm!.SetInterruptLine(gsi, asserted);
        }
        catch (ObjectDisposedException)
        {
            // Input came from the host while the machine ended: there is no interrupt controller any more, and nobody to interrupt.
        }
        catch (KvmException failure)
        {
            instance.End(new MachineExit(ExitReason.InternalError, $"KVM does not take interrupt {gsi}: {failure.Message}") { Exception = failure });
        }
    }
}

/// <summary>The wire of a machine without interrupt controllers: it ends nowhere.</summary>
internal sealed class OpenLine : IInterruptLine
{
    /// <summary>The only one needed.</summary>
    public static OpenLine Instance { get; } = new();

    /// <inheritdoc/>
    public void Set(bool asserted)
    {
    }
}
