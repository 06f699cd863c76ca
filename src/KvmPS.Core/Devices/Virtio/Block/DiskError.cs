namespace KvmPS.Core.Devices.Virtio.Block;

/// <summary>A request that the host could not carry out; the guest got an I/O error for it, and goes on.</summary>
/// <param name="Disk">The name of the disk.</param>
/// <param name="Operation">What was to be done.</param>
/// <param name="Offset">Where, in bytes; 0 for a flush.</param>
/// <param name="Length">How much, in bytes; 0 for a flush.</param>
/// <param name="Exception">Why it failed.</param>
public sealed record DiskError(string Disk, DiskOperation Operation, long Offset, long Length, IOException Exception);
