using KvmPS.Native;

namespace KvmPS.Stress.Virtio;

/// <summary>
/// The driver's side of a split virtqueue, written from the specification and not from the product: makes descriptor tables and rings in a guest's RAM, sound
/// ones and, piece by piece, hostile ones. One thread at a time.
/// </summary>
internal sealed class DriverQueue
{
    private const ushort Next = 1;
    private const ushort Write = 2;
    private const ushort Indirect = 4;
    private const ulong EntryBytes = 16;

    private readonly GuestMemory _memory;
    private readonly Stack<ushort> _free = new();
    private readonly ushort[] _links; // the chain behind each head, for when it comes back
    private readonly bool _eventIndex;
    private ushort _available; // what the ring will show
    private ushort _shown;
    private ushort _taken;

    /// <summary>An empty queue.</summary>
    /// <param name="memory">The guest's RAM.</param>
    /// <param name="size">Entries, a power of two.</param>
    /// <param name="at">Where it is: <see cref="Bytes"/> from a multiple of 16 on.</param>
    /// <param name="eventIndex">Whether VIRTIO_F_EVENT_IDX was agreed on.</param>
    public DriverQueue(GuestMemory memory, ushort size, ulong at, bool eventIndex = false)
    {
        (_memory, Size, _eventIndex) = (memory, size, eventIndex);
        Table = at;
        Available = Table + (EntryBytes * size);
        Used = (Available + 6 + (2ul * size) + 3) & ~3ul;
        Bytes = Used + 6 + (8ul * size) - at;
        _links = new ushort[size];
        memory.Fill(new GuestAddress(at), (int)Bytes, 0);
        for (int i = size - 1; i >= 0; i--) _free.Push((ushort)i);
    }

    /// <summary>Entries.</summary>
    public ushort Size { get; }

    /// <summary>The descriptor table.</summary>
    public ulong Table { get; }

    /// <summary>The available ring.</summary>
    public ulong Available { get; }

    /// <summary>The used ring.</summary>
    public ulong Used { get; }

    /// <summary>How much RAM all three take.</summary>
    public ulong Bytes { get; }

    /// <summary>Descriptors that are not in use.</summary>
    public int Free => _free.Count;

    /// <summary>The device's index, as it stands.</summary>
    public ushort UsedIndex => _memory.LoadAcquire16(new GuestAddress(Used + 2));

    /// <summary>The device's flags: 1 while it does not want to be rung for.</summary>
    public ushort UsedFlags => _memory.LoadAcquire16(new GuestAddress(Used));

    /// <summary>From which index on the device wants to be rung for.</summary>
    public ushort AvailableEvent => _memory.LoadAcquire16(new GuestAddress(Used + 4 + (8ul * Size)));

    /// <summary>Adds a request whose buffers are linked descriptors.</summary>
    /// <returns>Its number.</returns>
    public ushort Add(params ReadOnlySpan<DriverBuffer> buffers)
    {
        ushort head = _free.Pop();
        ushort index = head;
        for (int i = 0; i < buffers.Length; i++)
        {
            bool isLast = i == buffers.Length - 1;
            ushort next = isLast ? (ushort)0 : _free.Pop();
            WriteDescriptor(index, buffers[i].Address, buffers[i].Length, FlagsOf(buffers[i], isLast), next);
            _links[index] = isLast ? index : next;
            index = next;
        }

        Offer(head);
        return head;
    }

    /// <summary>Adds a request whose buffers are in a table of their own.</summary>
    /// <param name="at">Where the table goes: 16 bytes for each buffer.</param>
    /// <param name="buffers">The buffers.</param>
    public ushort AddIndirect(ulong at, params ReadOnlySpan<DriverBuffer> buffers)
    {
        for (int i = 0; i < buffers.Length; i++)
            WriteEntry(at + (EntryBytes * (ulong)i), buffers[i].Address, buffers[i].Length, FlagsOf(buffers[i], i == buffers.Length - 1), (ushort)(i + 1));
        ushort head = _free.Pop();
        _links[head] = head;
        WriteDescriptor(head, at, (uint)(EntryBytes * (ulong)buffers.Length), Indirect, 0);
        Offer(head);
        return head;
    }

    /// <summary>Writes one descriptor, whatever it says.</summary>
    public void WriteDescriptor(ushort index, ulong address, uint length, ushort flags, ushort next) => WriteEntry(Table + (EntryBytes * index), address, length, flags, next);

    /// <summary>Writes a descriptor anywhere.</summary>
    public void WriteEntry(ulong at, ulong address, uint length, ushort flags, ushort next)
    {
        _memory.Write(new GuestAddress(at), address);
        _memory.Write(new GuestAddress(at + 8), length);
        _memory.Write(new GuestAddress(at + 12), flags);
        _memory.Write(new GuestAddress(at + 14), next);
    }

    /// <summary>Puts a head into the available ring, to be shown by <see cref="Publish"/>.</summary>
    public void Offer(ushort head) => _memory.Write(new GuestAddress(Available + 4 + (2ul * (ushort)(_available++ % Size))), head);

    /// <summary>Shows the device what was offered, or an index that is a lie.</summary>
    /// <returns>Whether the device wants to be rung for it.</returns>
    public bool Publish(ushort ahead = 0)
    {
        ushort before = _shown;
        _shown = (ushort)(_available + ahead);
        _memory.StoreRelease16(new GuestAddress(Available + 2), _shown);
        Interlocked.MemoryBarrier();
        if (!_eventIndex) return (UsedFlags & 1) == 0;
        return (ushort)(_shown - AvailableEvent - 1) < (ushort)(_shown - before);
    }

    /// <summary>Takes the next completion.</summary>
    public bool TryTake(out uint head, out uint written)
    {
        (head, written) = (0, 0);
        if (UsedIndex == _taken) return false;
        ulong entry = Used + 4 + (8ul * (ushort)(_taken % Size));
        head = _memory.Read<uint>(new GuestAddress(entry));
        written = _memory.Read<uint>(new GuestAddress(entry + 4));
        _taken++;
        ushort index = checked((ushort)head);
        while (true)
        {
            _free.Push(index);
            if (_links[index] == index) return true;
            index = _links[index];
        }
    }

    /// <summary>Asks for an interrupt for the next completion. True when one is there already.</summary>
    public bool EnableInterrupts()
    {
        if (_eventIndex) WaitFor(_taken);
        else _memory.StoreRelease16(new GuestAddress(Available), 0);
        Interlocked.MemoryBarrier();
        return UsedIndex != _taken;
    }

    /// <summary>Asks for an interrupt when the device's index goes past a value.</summary>
    public void WaitFor(ushort index) => _memory.StoreRelease16(new GuestAddress(Available + 4 + (2ul * Size)), index);

    /// <summary>Asks for no interrupts; with event indices there is nothing to write.</summary>
    public void DisableInterrupts()
    {
        if (!_eventIndex) _memory.StoreRelease16(new GuestAddress(Available), 1);
    }

    private static ushort FlagsOf(DriverBuffer buffer, bool isLast) => (ushort)((isLast ? 0 : Next) | (buffer.IsWritable ? Write : 0));
}
