using KvmPS.Native;

namespace KvmPS.Core.Devices.Virtio;

/// <summary>
/// The interrupt of one device: the bits of InterruptStatus, and an edge on its wire for each event. Raised from any thread.
/// </summary>
/// <remarks>
/// <para>
/// An edge is given for each event, also when its bit is set already: the handler that will clear the bit may have read the status long ago. Order
/// makes that lossless. The device publishes (used ring, configuration), sets the bit, gives the edge; the handler reads the status, acknowledges, looks
/// at the rings. If the acknowledgement comes after the bit was set, it may take away a bit that a later edge stands for; but then the look at the
/// rings, which comes later still, finds what was published before the bit. Otherwise the bit is still there when that edge arrives.
/// </para>
/// <para>
/// Acknowledgements that KVM counts instead of leaving the guest are taken, under the lock, before each event and before each look at the status. One
/// that is taken late clears a bit that was set after it was written only if it was written after the event had begun, since the event took all
/// that came before: again after the publication, and the handler's look at the rings comes after the acknowledgement. So whatever was acknowledged
/// was, or will be, found. Bit and edge are one step under the lock: two edges at once could melt into one, before the second's bit.
/// </para>
/// LOCK ORDER: a leaf, but for the wire.
/// </remarks>
/// <param name="line">The wire, edge-triggered.</param>
/// <param name="acknowledgements">Counts the guest's writes of <see cref="UsedBuffer"/> to InterruptACK that do not exit; null when all do.</param>
public sealed class VirtioInterrupt(IInterruptLine line, EventFd? acknowledgements = null)
{
    /// <summary>The device has used a buffer of a queue [virtio-1.2 §4.2.2].</summary>
    public const uint UsedBuffer = 1;

    /// <summary>The configuration space has changed, or the device needs a reset.</summary>
    public const uint ConfigurationChange = 2;

    private readonly Lock _lock = new();
    private uint _status; // guarded by _lock

    /// <summary>Sets bits and interrupts the guest.</summary>
    public void Raise(uint bits)
    {
        lock (_lock)
        {
            TakeAcknowledgements();
            _status |= bits;
            line.Set(asserted: true);
            line.Set(asserted: false);
        }
    }

    /// <summary>InterruptStatus.</summary>
    public uint Read()
    {
        lock (_lock)
        {
            TakeAcknowledgements();
            return _status;
        }
    }

    /// <summary>InterruptACK.</summary>
    public void Acknowledge(uint bits)
    {
        lock (_lock)
        {
            TakeAcknowledgements();
            _status &= ~bits;
        }
    }

    /// <summary>Sets all bits, without an interrupt.</summary>
    internal void Restore(uint status)
    {
        lock (_lock)
        {
            TakeAcknowledgements();
            _status = status & (UsedBuffer | ConfigurationChange);
        }
    }

    private void TakeAcknowledgements()
    {
        try
        {
            if (acknowledgements?.TryTake() == true) _status &= ~UsedBuffer;
        }
        catch (ObjectDisposedException)
        {
            // The machine ended while a thread of its device still worked: there is nobody who acknowledges.
        }
    }
}
