using KvmPS.Core.Devices;
using KvmPS.Native;

namespace KvmPS.Core.Machine;

/// <summary>
/// An edge through an irqfd: raising it interrupts the guest once, as an ISA edge or as the message of the GSI's route (<see cref="GsiRoutingTable"/>).
/// Costs the device a write of 8 bytes, and wakes a halted vCPU from any thread.
/// </summary>
/// <remarks>
/// Which wire for which device: <see cref="IrqFdLine"/> where each interrupt stands for itself, that is, messages, and edge-triggered devices driven
/// from I/O threads (virtio-mmio). <see cref="ResampledIrqFdLine"/> where a level-triggered input that devices share is driven from I/O threads: the
/// controller says when the guest is done, so the device need not exit to learn it. <see cref="GsiLine"/> (<c>KVM_IRQ_LINE</c>) where the device sees each change
/// itself, because guests read and write its registers by exits anyway: UART, keyboard controller, ACPI's SCI. It shows the controller the true level and
/// needs no descriptor.
/// </remarks>
internal sealed class IrqFdLine : IInterruptLine, IDisposable
{
    private readonly VmFd _vm;
    private readonly int _gsi;
    private readonly EventFd _trigger = new();
    private int _level; // 1 while asserted

    /// <summary>Attaches the line.</summary>
    /// <param name="vm">A machine with interrupt controllers.</param>
    /// <param name="gsi">Which interrupt: an input of the controllers or a message.</param>
    /// <exception cref="KvmException">KVM has no such interrupt, or the process no descriptor left.</exception>
    public IrqFdLine(VmFd vm, int gsi)
    {
        (_vm, _gsi) = (vm, gsi);
        try
        {
            vm.AttachIrqFd(_trigger, gsi);
        }
        catch
        {
            _trigger.Dispose();
            throw;
        }
    }

    /// <inheritdoc/>
    public void Set(bool asserted)
    {
        int level = asserted ? 1 : 0;
        if (Interlocked.Exchange(ref _level, level) == level || !asserted) return;
        try
        {
            _trigger.Signal();
        }
        catch (ObjectDisposedException)
        {
            // The machine ended while a thread of its device still worked: there is nobody to interrupt.
        }
    }

    /// <summary>Takes the line off the machine, which may be gone already.</summary>
    public void Dispose()
    {
        IrqFds.Detach(_vm, _gsi, _trigger);
        _trigger.Dispose();
    }
}
