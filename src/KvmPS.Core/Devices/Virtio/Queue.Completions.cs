using KvmPS.Native;

namespace KvmPS.Core.Devices.Virtio;

/// <summary>How requests go back to the driver, and who wakes whom.</summary>
/// <remarks>
/// Neither side can sleep through the other's work, because each first announces what it waits for and then looks, and the other first shows its work
/// and then looks at the announcement, each with a full fence between its store and its load. Of two such pairs at least one load sees the
/// other's store: a device that goes to sleep either sees the request that was added, or had its avail_event seen by the driver, which rings.
/// A driver that goes to sleep either sees the completion, or has its used_event seen by <see cref="NeedsInterrupt"/>. An acquire and a release
/// alone would not do: x86 lets a load pass an earlier store.
/// </remarks>
public sealed partial class Queue
{
    private const uint FlagsOffset = 0;
    private const ushort NoNotification = 1; // VIRTQ_USED_F_NO_NOTIFY in the used ring, VIRTQ_AVAIL_F_NO_INTERRUPT in the available ring

    /// <summary>Gives a request back. The driver does not see it before <see cref="Publish"/>.</summary>
    /// <param name="chain">From <see cref="TryPop"/>; its buffers are the driver's from now on.</param>
    /// <param name="written">How many bytes the device wrote, from the first writable buffer on.</param>
    public void AddUsed(DescriptorChain chain, uint written)
    {
        ArgumentNullException.ThrowIfNull(chain);
        using RingMemory.Access rings = _rings.Enter();
        AddUsedUnsynchronized(rings, chain, written);
    }

    /// <summary>Shows the driver, with one store, all requests that were given back. Follow it with <see cref="NeedsInterrupt"/> or <see cref="NotifyDriver"/>.</summary>
    public void Publish()
    {
        using RingMemory.Access rings = _rings.Enter();
        PublishUnsynchronized(rings);
    }

    /// <summary>Whether the driver wants an interrupt for what was published since it was asked last.</summary>
    public bool NeedsInterrupt()
    {
        using RingMemory.Access rings = _rings.Enter();
        return NeedsInterruptUnsynchronized(rings);
    }

    /// <summary>Interrupts the driver, when it wants that for what was published. False when it does not.</summary>
    public bool NotifyDriver()
    {
        if (!NeedsInterrupt()) return false;
        Interrupt();
        return true;
    }

    /// <summary>Gives one request back, publishes all, and interrupts the driver if it wants that, which it says: all of a completion under one lock.</summary>
    public bool Complete(DescriptorChain chain, uint written)
    {
        ArgumentNullException.ThrowIfNull(chain);
        bool wanted;
        using (RingMemory.Access rings = _rings.Enter())
        {
            AddUsedUnsynchronized(rings, chain, written);
            PublishUnsynchronized(rings);
            wanted = NeedsInterruptUnsynchronized(rings);
        }

        if (wanted) Interrupt();
        return wanted;
    }

    /// <summary>Interrupts the driver.</summary>
    public void Interrupt() => _interrupt.Raise(VirtioInterrupt.UsedBuffer);

    /// <summary>
    /// Asks the driver to ring for the next request. True when one came meanwhile: take it, nobody may ring for it. To be asked before sleeping, and to be
    /// believed only then.
    /// </summary>
    public bool EnableNotifications()
    {
        using RingMemory.Access rings = _rings.Enter();
        if (!IsUsable) return false;
        RingArea used = rings[Used];
        if (_hasEventIndex) used.StoreRelease16(Layout.AvailableEventOffset, _nextAvailable);
        else used.StoreRelease16(FlagsOffset, 0);

        // The announcement before the look; see the remarks on this class.
        Interlocked.MemoryBarrier();
        return rings[Available].LoadAcquire16(QueueLayout.IndexOffset) != _nextAvailable;
    }

    /// <summary>
    /// Tells the driver that nobody needs to ring: the queue is being looked at. A hint, so there is no fence. With event indices there is nothing to
    /// write: an avail_event that lies behind is not met again.
    /// </summary>
    public void DisableNotifications()
    {
        using RingMemory.Access rings = _rings.Enter();
        if (IsUsable && !_hasEventIndex) rings[Used].StoreRelease16(FlagsOffset, NoNotification);
    }

    private bool IsUsable => _isReady && !_isBroken;

    private void AddUsedUnsynchronized(in RingMemory.Access rings, DescriptorChain chain, uint written)
    {
        if (!IsUsable || chain.Generation != _generation) return; // the driver took the queue back meanwhile
        RingArea used = rings[Used];
        uint entry = QueueLayout.EntriesOffset + ((_nextUsed & (Layout.Size - 1)) * sizeof(ulong));
        used.Write(entry, chain.Head | ((ulong)written << 32)); // struct virtq_used_elem [virtio-1.2 §2.7.8]
        _nextUsed++;
    }

    private void PublishUnsynchronized(in RingMemory.Access rings)
    {
        if (!IsUsable || _published == _nextUsed) return;
        rings[Used].StoreRelease16(QueueLayout.IndexOffset, _nextUsed);
        _published = _nextUsed;
    }

    private bool NeedsInterruptUnsynchronized(in RingMemory.Access rings)
    {
        if (!IsUsable || _published == _signalled) return false;
        ushort before = _signalled;
        _signalled = _published;

        // The completion before the look at what the driver waits for; see the remarks on this class.
        Interlocked.MemoryBarrier();
        RingArea available = rings[Available];
        if (!_hasEventIndex) return (available.LoadAcquire16(FlagsOffset) & NoNotification) == 0;

        // Whether the index went past used_event since the last time, modulo 2^16 [virtio-1.2 §2.7.10].
        ushort wanted = available.LoadAcquire16(Layout.UsedEventOffset);
        return (ushort)(_published - wanted - 1) < (ushort)(_published - before);
    }
}
