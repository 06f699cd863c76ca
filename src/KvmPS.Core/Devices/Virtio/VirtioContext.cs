using KvmPS.Native;

namespace KvmPS.Core.Devices.Virtio;

/// <summary>What a device works with, from its activation to its reset.</summary>
/// <param name="Host">The machine.</param>
/// <param name="Memory">The guest's RAM.</param>
/// <param name="Features">The feature bits that driver and device agreed on, those of the transport included.</param>
/// <param name="Queues">All queues of the device; the driver need not have made each <see cref="Queue.IsReady"/>.</param>
public sealed record VirtioContext(IVirtioHost Host, GuestMemory Memory, ulong Features, IReadOnlyList<Queue> Queues)
{
    /// <summary>Whether all bits of a mask were agreed on.</summary>
    public bool Has(ulong features) => (Features & features) == features;
}
