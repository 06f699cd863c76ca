namespace KvmPS.Native;

/// <summary>A write of the guest that KVM can answer with a signal; see <see cref="VmFd.AddIoEvent"/>.</summary>
public readonly record struct IoEvent
{
    private IoEvent(bool isPort, ulong address, int width, ulong? match) => (IsPort, Address, Width, Match) = (isPort, address, width, match);

    /// <summary>Whether <see cref="Address"/> is a port, and not a physical address.</summary>
    public bool IsPort { get; }

    /// <summary>Where the guest writes.</summary>
    public ulong Address { get; }

    /// <summary>How many bytes at once; 0 for any number.</summary>
    public int Width { get; }

    /// <summary>The value written; null for any.</summary>
    public ulong? Match { get; }

    /// <summary>A write to a port.</summary>
    /// <param name="port">The port.</param>
    /// <param name="width">Bytes: 1, 2, 4, or 0 for any.</param>
    /// <param name="match">Only this value; null for any. Needs a width.</param>
    public static IoEvent Port(ushort port, int width, uint? match = null) => new(isPort: true, port, width, match);

    /// <summary>A write to memory that is not RAM.</summary>
    /// <param name="address">The address.</param>
    /// <param name="width">Bytes: 1, 2, 4, 8, or 0 for any.</param>
    /// <param name="match">Only this value; null for any. Needs a width.</param>
    public static IoEvent Mmio(GuestAddress address, int width, ulong? match = null) => new(isPort: false, address.Value, width, match);
}
