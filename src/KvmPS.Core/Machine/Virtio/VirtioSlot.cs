using KvmPS.Core.Boot;
using KvmPS.Native;

namespace KvmPS.Core.Machine;

/// <summary>A place for one virtio device: its registers and its interrupt. The number of a device in its machine decides both, so that nobody keeps a list.</summary>
/// <param name="Index">From 0 on.</param>
internal readonly record struct VirtioSlot(int Index)
{
    /// <summary>Bytes of registers: a page, so that a guest may map one device without its neighbours.</summary>
    public const uint Length = GuestMemory.PageSize;

    /// <summary>
    /// Inputs of the I/O APIC, in the order in which they are given out: first those that no PC of old had, then ISA interrupts that no device of
    /// this machine uses. Each device has one alone, since it is driven by edges, which cannot be shared.
    /// </summary>
    private static readonly byte[] Inputs = // MachineConfig.MostVirtioDevices of them
        [16, 17, 18, 19, 20, 21, 22, 23, 5, 10, 11, 7, 6, 14, 15, 13];

    /// <summary>Its registers.</summary>
    public GuestAddress Address => new(MemoryLayout.VirtioMmio + ((ulong)Index * Length));

    /// <summary>Its interrupt.</summary>
    public int Gsi => Inputs[Index];
}
