using KvmPS.Core.Devices;
using KvmPS.Native;

namespace KvmPS.Core.Machine;

/// <summary>
/// A level through an irqfd with resampling: once raised, the input stays up until the guest's end of interrupt takes it down. Then KVM rings
/// <see cref="Resampled"/>, and <see cref="OnResampled"/> raises the input again if the device still wants attention. See <see cref="IrqFdLine"/> for when to use which.
/// </summary>
/// <remarks>
/// No interrupt is lost: whoever asserts stores the wish before it signals, and <see cref="OnResampled"/> reads it after KVM took the input down. A device
/// that takes its wish back while the input is up leaves the guest one interrupt for which it finds no reason, which level-triggered drivers expect.
/// </remarks>
internal sealed class ResampledIrqFdLine : IInterruptLine, IDisposable
{
    private readonly VmFd _vm;
    private readonly int _gsi;
    private readonly EventFd _trigger = new();
    private int _wanted; // 1 while the device wants attention

    /// <summary>Attaches the line.</summary>
    /// <param name="vm">A machine with interrupt controllers.</param>
    /// <param name="gsi">Which input of the controllers.</param>
    /// <exception cref="KvmException">KVM has no such input, or the process no descriptor left.</exception>
    public ResampledIrqFdLine(VmFd vm, int gsi)
    {
        (_vm, _gsi) = (vm, gsi);
        try
        {
            Resampled = new EventFd();
            vm.AttachIrqFd(_trigger, gsi, Resampled);
        }
        catch
        {
            Resampled?.Dispose();
            _trigger.Dispose();
            throw;
        }
    }

    /// <summary>Rung at each end of interrupt of the guest. Whoever polls it calls <see cref="OnResampled"/>.</summary>
    public EventFd Resampled { get; }

    /// <inheritdoc/>
    public void Set(bool asserted)
    {
        int wanted = asserted ? 1 : 0;
        if (Interlocked.Exchange(ref _wanted, wanted) != wanted && asserted) Raise();
    }

    /// <summary>Answers <see cref="Resampled"/>; safe from any thread, and harmless when it did not ring.</summary>
    public void OnResampled()
    {
        try
        {
            // Taken before the wish is read: what comes after rings anew.
            if (Resampled.TryTake() && Volatile.Read(ref _wanted) != 0) Raise();
        }
        catch (ObjectDisposedException)
        {
            // The machine ended in between.
        }
    }

    /// <summary>Takes the line off the machine, which may be gone already. A poller that watches <see cref="Resampled"/> lets go of it first.</summary>
    public void Dispose()
    {
        IrqFds.Detach(_vm, _gsi, _trigger);
        _trigger.Dispose();
        Resampled.Dispose();
    }

    private void Raise()
    {
        try
        {
            _trigger.Signal();
        }
        catch (ObjectDisposedException)
        {
            // The machine ended while a thread of its device still worked: there is nobody to interrupt.
        }
    }
}

/// <summary>What both kinds of line do at their end.</summary>
internal static class IrqFds
{
    /// <summary>Detaches a trigger. With the machine gone, or the line disposed before, there is nothing to detach.</summary>
    public static void Detach(VmFd vm, int gsi, EventFd trigger)
    {
        if (vm.IsClosed || trigger.IsClosed) return;
        try
        {
            vm.DetachIrqFd(trigger, gsi);
        }
        catch (ObjectDisposedException)
        {
            // It went between the look and the call.
        }
    }
}
