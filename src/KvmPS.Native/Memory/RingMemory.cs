namespace KvmPS.Native;

/// <summary>
/// A few small areas of guest memory that a device reads and writes all the time, such as the rings of a virtqueue: found and checked once when they are
/// opened, and then one comparison an access. The lock around a group of accesses is also what keeps the mappings: whoever closes the areas waits for it,
/// so that no access can come after.
/// </summary>
/// <remarks>LOCK ORDER: a leaf; nothing is called while it is held but this class.</remarks>
public sealed unsafe class RingMemory : IDisposable
{
    private readonly Lock _lock = new();
    private readonly Area[] _areas; // guarded by _lock

    /// <summary>Closed areas.</summary>
    /// <param name="count">How many.</param>
    public RingMemory(int count) => _areas = new Area[count];

    /// <summary>Opens all areas, closing those that were open. False, with all closed, when one is not all RAM of one region.</summary>
    /// <param name="memory">The guest's RAM.</param>
    /// <param name="ranges">Where each area begins and how many bytes it has. GUEST-CONTROLLED: anything.</param>
    public bool TryOpen(GuestMemory memory, params ReadOnlySpan<(GuestAddress Start, uint Length)> ranges)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(ranges.Length, _areas.Length, nameof(ranges));
        lock (_lock)
        {
            CloseUnsynchronized();
            for (int i = 0; i < ranges.Length; i++)
            {
                if (TryHold(memory, ranges[i].Start, ranges[i].Length, out _areas[i])) continue;
                CloseUnsynchronized();
                return false;
            }

            return true;
        }
    }

    /// <summary>Waits for accesses under way, and lets go of the guest's memory. The areas have no bytes any more.</summary>
    public void Dispose()
    {
        lock (_lock) CloseUnsynchronized();
    }

    /// <summary>Takes the lock, for a few accesses.</summary>
    public Access Enter() => new(this);

    private void CloseUnsynchronized()
    {
        foreach (ref Area area in _areas.AsSpan())
        {
            area.Mapping?.DangerousRelease();
            area = default;
        }
    }

    private static bool TryHold(GuestMemory memory, GuestAddress start, uint length, out Area area)
    {
        area = default;
        if (memory.Find(start, length) is not { } region) return false;
        bool held = false;
        region.Mapping.DangerousAddRef(ref held);
        // SAFETY: Find proved the range to lie in the region, and the reference just taken lasts until the area is cleared.
        area = new Area(region.Mapping, region.Mapping.Pointer + (start.Value - region.Start.Value), length);
        return true;
    }

    /// <summary>The areas, while the lock is held.</summary>
    public ref struct Access
    {
        private readonly RingMemory _ring;
        private Lock.Scope _scope;

        internal Access(RingMemory ring)
        {
            _scope = ring._lock.EnterScope();
            _ring = ring;
        }

        /// <summary>One of the areas; without bytes when it is closed.</summary>
        public readonly RingArea this[int index] => new(_ring._areas[index].Start, _ring._areas[index].Length);

        /// <summary>Gives the lock back.</summary>
        public void Dispose() => _scope.Dispose();
    }

    private readonly record struct Area(MappedMemory? Mapping, nint Address, uint Length)
    {
        public Area(MappedMemory mapping, byte* start, uint length)
            : this(mapping, (nint)start, length)
        {
        }

        // SAFETY: valid for Length bytes as long as Mapping is in this record: CloseUnsynchronized clears both.
        public byte* Start => (byte*)Address;
    }
}
