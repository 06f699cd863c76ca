namespace KvmPS.Stress.Virtio;

/// <summary>A buffer as a driver describes it to a device.</summary>
/// <param name="Address">Where it is.</param>
/// <param name="Length">Bytes.</param>
/// <param name="IsWritable">Whether the device writes it.</param>
internal readonly record struct DriverBuffer(ulong Address, uint Length, bool IsWritable = false);
