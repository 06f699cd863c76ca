using KvmPS.Native;

namespace KvmPS.Core.Devices.Virtio;

/// <summary>
/// The device's side of one split virtqueue [virtio-1.2 §2.7]. One thread takes requests; any thread completes them, in any order. Whatever the
/// driver writes into its rings, nothing here throws, loops, or touches anything but the guest's RAM: a driver that breaks the rules has
/// <see cref="IVirtioTransport.Fail"/> called, and its queue stays still until it is reset.
/// </summary>
/// <remarks>
/// LOCK ORDER: the lock of <see cref="RingMemory"/> guards all state, so that a completion, the next request and a reset exclude each other. It is
/// a leaf, held for some ten nanoseconds: the transport is called without it.
/// </remarks>
public sealed partial class Queue : IDisposable
{
    private const int Table = 0;
    private const int Available = 1;
    private const int Used = 2;

    private readonly RingMemory _rings = new(3);
    private readonly GuestMemory _ram; // the machine's
    private GuestMemory? _memory; // the queue's share of it, from when it is ready on
    private readonly IVirtioTransport _transport;
    private readonly VirtioInterrupt _interrupt;
    private volatile bool _isReady;
    private bool _isBroken;
    private bool _hasEventIndex;
    private bool _hasIndirect;
    private uint _generation; // of the chains that may come back
    private ushort _knownAvailable; // up to where the driver is known to have added requests
    private ushort _nextAvailable;
    private ushort _nextUsed;
    private ushort _published; // what the driver sees of _nextUsed
    private ushort _signalled; // up to where the driver was asked whether it wants an interrupt

    /// <summary>A queue that the driver has not set up yet.</summary>
    /// <param name="index">Its number.</param>
    /// <param name="maxSize">The most entries it can have: a power of two up to 32768.</param>
    /// <param name="memory">The guest's RAM.</param>
    /// <param name="transport">Who learns of faults of the driver.</param>
    /// <param name="interrupt">The device's interrupt.</param>
    /// <param name="doorbell">What the guest rings; the machine's.</param>
    public Queue(int index, ushort maxSize, GuestMemory memory, IVirtioTransport transport, VirtioInterrupt interrupt, EventFd doorbell)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxSize, 1 << 15);
        ArgumentOutOfRangeException.ThrowIfNotEqual(System.Numerics.BitOperations.IsPow2(maxSize), true, nameof(maxSize));
        (Index, MaxSize, _ram, _transport, _interrupt, Doorbell) = (index, maxSize, memory, transport, interrupt, doorbell);
        Layout = new QueueLayout(maxSize, default, default, default);
    }

    /// <summary>Its number.</summary>
    public int Index { get; }

    /// <summary>The most entries it can have, and the most descriptors that a chain may have.</summary>
    public ushort MaxSize { get; }

    /// <summary>Rung when the driver has added requests and was asked to tell; also by whoever wants the queue's thread to look.</summary>
    public EventFd Doorbell { get; }

    /// <summary>Whether the driver has set it up.</summary>
    public bool IsReady => _isReady;

    /// <summary>Where its parts are. Set while it is not ready.</summary>
    internal QueueLayout Layout { get; set; }

    /// <summary>How many requests were taken and not given back.</summary>
    public int InFlight
    {
        get
        {
            using RingMemory.Access rings = _rings.Enter();
            return InFlightUnsynchronized;
        }
    }

    private int InFlightUnsynchronized => (ushort)(_nextAvailable - _nextUsed);

    /// <summary>Makes the queue ready, empty. False when <see cref="Layout"/> is not one, or not in RAM: then it is not ready.</summary>
    /// <param name="features">What driver and device agreed on.</param>
    internal bool TryEnable(ulong features) => TryEnable(features, 0, 0, 0);

    /// <summary>The driver, or a reset, takes the queue back. Requests that are still completed go nowhere.</summary>
    internal void Disable()
    {
        using (RingMemory.Access rings = _rings.Enter()) // waits for an access under way; those that come later find nothing ready
        {
            _isReady = false;
            _generation++;
            (_nextAvailable, _knownAvailable, _nextUsed, _published, _signalled) = (0, 0, 0, 0, 0);
        }

        LetGo();
        Layout = new QueueLayout(MaxSize, default, default, default);
    }

    /// <summary>Lets go of the guest's memory.</summary>
    public void Dispose() => Disable();

    private void LetGo()
    {
        _rings.Dispose();
        _memory?.Dispose();
        _memory = null;
    }

    private bool TryEnable(ulong features, ushort nextAvailable, ushort nextUsed, ushort signalled)
    {
        QueueLayout layout = Layout;

        // GUEST-CONTROLLED: the size was checked first, so that no length overflows; the addresses are checked against RAM when the areas are opened.
        if (!layout.IsSound(MaxSize)) return false;
        LetGo();
        _memory = _ram.Share();
        if (!_rings.TryOpen(
            _memory,
            (layout.Descriptors, layout.TableBytes),
            (layout.Available, layout.UsedEventOffset + sizeof(ushort)),
            (layout.Used, layout.AvailableEventOffset + sizeof(ushort))))
        {
            LetGo();
            return false;
        }

        using RingMemory.Access rings = _rings.Enter();
        _hasEventIndex = (features & VirtioFeature.EventIndex) != 0;
        _hasIndirect = (features & VirtioFeature.IndirectDescriptors) != 0;
        (_nextAvailable, _knownAvailable, _nextUsed, _published, _signalled) = (nextAvailable, nextAvailable, nextUsed, nextUsed, signalled);
        _isBroken = false;
        _generation++;
        _isReady = true;
        return true;
    }
}
