using System.Runtime.InteropServices;
using KvmPS.Native;

namespace KvmPS.Core.Devices.Virtio;

/// <summary>How requests come from the driver.</summary>
public sealed partial class Queue
{
    /// <summary>How many requests the driver has added that were not taken. A hint: the driver may say anything, and nobody is asked to ring for the next.</summary>
    public int Waiting
    {
        get
        {
            using RingMemory.Access rings = _rings.Enter();
            return IsUsable ? (ushort)(rings[Available].LoadAcquire16(QueueLayout.IndexOffset) - _nextAvailable) : 0;
        }
    }

    /// <summary>
    /// Takes the next request into an object that is not in use. False when there is none, when the queue is not ready, or when the driver broke the
    /// rules. Never throws for anything that the driver does.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The machine has ended.</exception>
    public bool TryPop(DescriptorChain chain)
    {
        ArgumentNullException.ThrowIfNull(chain);
        string? fault;
        using (RingMemory.Access rings = _rings.Enter())
        {
            if (!_isReady || _isBroken) return false;
            if (_knownAvailable == _nextAvailable)
            {
                // Acquire: the entries and descriptors that the index announces are read after it [virtio-1.2 §2.7.13].
                _knownAvailable = rings[Available].LoadAcquire16(QueueLayout.IndexOffset);
                if (_knownAvailable == _nextAvailable) return false;
            }

            fault = ReadNext(rings, chain);
            if (fault is null)
            {
                _nextAvailable++;
                return true;
            }

            _isBroken = true;
        }

        _transport.Fail(fault);
        return false;
    }

    /// <summary>GUEST-CONTROLLED: each value is read once, into a local, and checked there. Returns what is wrong, or null.</summary>
    private string? ReadNext(in RingMemory.Access rings, DescriptorChain chain)
    {
        uint size = Layout.Size;
        if ((ushort)(_knownAvailable - _nextAvailable) > size) return "an available index further ahead than the queue is long";
        if (InFlightUnsynchronized >= size) return "more requests than the queue has entries";
        ushort head = rings[Available].Read<ushort>(QueueLayout.EntriesOffset + ((_nextAvailable & (size - 1)) * sizeof(ushort)));
        chain.Clear();
        (chain.Head, chain.Generation) = (head, _generation);

        RingArea table = rings[Table];
        uint index = head;
        for (uint steps = 0; index < size; steps++)
        {
            if (steps == size) return "a chain of descriptors that loops";
            Descriptor descriptor = table.Read<Descriptor>(index * Descriptor.Size);
            if (descriptor.IsIndirect) return ReadTable(descriptor, chain);
            if (AddBuffer(descriptor, chain) is { } fault) return fault;
            if (!descriptor.HasNext) return null;
            index = descriptor.Next;
        }

        return "a descriptor past the end of its table";
    }

    /// <summary>The rest of a chain, from a table of its own [virtio-1.2 §2.7.5.3]. GUEST-CONTROLLED: as above.</summary>
    private string? ReadTable(Descriptor indirect, DescriptorChain chain)
    {
        if (!_hasIndirect) return "an indirect table without the feature";
        if (indirect.HasNext) return "an indirect table that is not the end of its chain";
        uint count = indirect.Length / Descriptor.Size;
        if (indirect.Length % Descriptor.Size != 0 || count == 0) return "an indirect table that is no whole number of descriptors";
        if (count > MaxSize) return "an indirect table longer than the longest queue";
        if (!_memory!.TryLend(new GuestAddress(indirect.Address), (int)indirect.Length, out GuestSpan lease)) return "an indirect table that is not in RAM";

        using GuestSpan table = lease;
        uint index = 0;
        for (uint steps = 0; index < count; steps++)
        {
            if (steps == count) return "an indirect chain that loops";
            Descriptor descriptor = MemoryMarshal.Read<Descriptor>(table.Span[(int)(index * Descriptor.Size)..]);
            if (descriptor.IsIndirect) return "an indirect table in another";
            if (AddBuffer(descriptor, chain) is { } fault) return fault;
            if (!descriptor.HasNext) return null;
            index = descriptor.Next;
        }

        return "an indirect descriptor past the end of its table";
    }

    /// <summary>Adds what a descriptor describes. One of no bytes is nothing to a device, wherever it points.</summary>
    private string? AddBuffer(Descriptor descriptor, DescriptorChain chain)
    {
        if (descriptor.Length == 0) return null;
        var address = new GuestAddress(descriptor.Address);
        if (!_ram.Contains(address, descriptor.Length)) return "a buffer that is not in RAM";
        return chain.Add(new ChainSegment(address, descriptor.Length, descriptor.IsWritable));
    }
}
