using KvmPS.Core.Devices;
using KvmPS.Core.Devices.Virtio;
using KvmPS.Native;

namespace KvmPS.Core.Machine;

/// <summary>
/// What one virtio device gets of its machine: bells that KVM rings for the guest, without an exit, and an interrupt. A machine that is only planned
/// has no KVM, and its devices bells that nobody rings.
/// </summary>
/// <remarks>Disposed after the device, and before KVM's machine. The bells stay with the device's threads until those have ended.</remarks>
internal sealed class VirtioHost : IVirtioHost, IDisposable
{
    private readonly MachineInstance _instance;
    private readonly List<EventFd> _bells = [];
    private readonly IrqFdLine? _line;

    /// <summary>Connects the interrupt.</summary>
    /// <param name="instance">The run.</param>
    /// <param name="slot">The device's place.</param>
    /// <exception cref="KvmException">EMFILE: the process has no descriptor left.</exception>
    public VirtioHost(MachineInstance instance, VirtioSlot slot)
    {
        (_instance, Slot) = (instance, slot);
        if (instance.Vm is { } vm && instance.Config.InterruptController) _line = new IrqFdLine(vm, slot.Gsi);
    }

    /// <summary>The device's place.</summary>
    public VirtioSlot Slot { get; }

    /// <summary>The device's interrupt; one that leads nowhere in a machine without controllers.</summary>
    public IInterruptLine Line => (IInterruptLine?)_line ?? OpenLine.Instance;

    /// <inheritdoc/>
    public string MachineName => _instance.Config.Name;

    /// <inheritdoc/>
    public EventFd ConnectDoorbell(int queue) => Connect(MmioRegister.QueueNotify, (uint)queue);

    /// <inheritdoc/>
    public EventFd? ConnectAcknowledgements() => _line is null ? null : Connect(MmioRegister.InterruptAck, VirtioInterrupt.UsedBuffer);

    /// <inheritdoc/>
    public void ReportDriverFault(string device, string reason) => _instance.Notice($"The driver of {device} in the guest broke the rules: {reason}.");

    /// <inheritdoc/>
    public void ReportFailure(string device, Exception failure) => _instance.Notice($"{device} failed: {failure.Message}");

    /// <inheritdoc/>
    public void Dispose()
    {
        _line?.Dispose();
        foreach (EventFd bell in _bells) bell.Dispose();
    }

    private EventFd Connect(uint register, uint value)
    {
        var bell = new EventFd();
        _bells.Add(bell);
        _instance.Vm?.AddIoEvent(IoEvent.Mmio(Slot.Address + register, sizeof(uint), value), bell);
        return bell;
    }
}
