using System.Numerics;
using KvmPS.Native;

namespace KvmPS.Core.Devices.Virtio;

/// <summary>Where the driver keeps a split virtqueue, as it told the transport [virtio-1.2 §2.7].</summary>
/// <param name="Size">Entries.</param>
/// <param name="Descriptors">The descriptor table.</param>
/// <param name="Available">The available ring, which the driver writes.</param>
/// <param name="Used">The used ring, which the device writes.</param>
public readonly record struct QueueLayout(uint Size, GuestAddress Descriptors, GuestAddress Available, GuestAddress Used)
{
    /// <summary>What both rings have before their entries: flags and index.</summary>
    internal const uint EntriesOffset = 4;

    /// <summary>Where both rings have the index of the next entry.</summary>
    internal const uint IndexOffset = 2;

    /// <summary>Bytes of the descriptor table.</summary>
    internal uint TableBytes => Size * Descriptor.Size;

    /// <summary>Where the available ring has the driver's used_event, behind the last entry.</summary>
    internal uint UsedEventOffset => EntriesOffset + (Size * sizeof(ushort));

    /// <summary>Where the used ring has the device's avail_event, behind the last entry.</summary>
    internal uint AvailableEventOffset => EntriesOffset + (Size * sizeof(ulong));

    /// <summary>Whether size and alignment are those that the specification demands.</summary>
    /// <param name="largest">The most entries that the queue may have.</param>
    internal bool IsSound(ushort largest) =>
        BitOperations.IsPow2(Size) && Size <= largest && Descriptors.Value % 16 == 0 && Available.Value % 2 == 0 && Used.Value % 4 == 0;
}
