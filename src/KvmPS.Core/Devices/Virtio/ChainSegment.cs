using KvmPS.Native;

namespace KvmPS.Core.Devices.Virtio;

/// <summary>One buffer of a request.</summary>
/// <param name="Address">Where it begins; the whole of it was found to be RAM of one region.</param>
/// <param name="Length">Bytes, at least 1.</param>
/// <param name="IsWritable">Whether the device writes it; otherwise it only reads it.</param>
public readonly record struct ChainSegment(GuestAddress Address, uint Length, bool IsWritable);
