namespace KvmPS.Native;

/// <summary>An access to guest-physical memory that is not all RAM of one region.</summary>
public sealed class GuestMemoryException : Exception
{
    internal GuestMemoryException(GuestAddress address, long length, GuestMemory memory)
        : base($"Guest-physical range {address} + {length} bytes is not RAM of this machine ({string.Join(", ", memory.Regions)}).") =>
        Address = address;

    /// <summary>The first address of the refused range.</summary>
    public GuestAddress Address { get; }
}
