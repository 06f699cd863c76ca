using KvmPS.Native;

namespace KvmPS.Core.Devices.Virtio.Console;

/// <summary>Copies between a request's buffers, however they are split, and bytes of ours.</summary>
internal static class ChainBytes
{
    /// <summary>Reads from the beginning of what the device may read; how much there was, up to the destination's length.</summary>
    public static int Read(GuestMemory memory, DescriptorChain chain, Span<byte> destination)
    {
        int copied = 0;
        foreach (ChainSegment segment in chain.Readable)
        {
            int count = (int)Math.Min(segment.Length, (uint)(destination.Length - copied));
            if (count == 0) break;
            memory.Read(segment.Address, destination.Slice(copied, count));
            copied += count;
        }

        return copied;
    }

    /// <summary>Writes to the beginning of what the device may write, which has room for all of it.</summary>
    public static void Write(GuestMemory memory, DescriptorChain chain, ReadOnlySpan<byte> source)
    {
        foreach (ChainSegment segment in chain.Writable)
        {
            int count = (int)Math.Min(segment.Length, (uint)source.Length);
            if (count == 0) return;
            memory.Write(segment.Address, source[..count]);
            source = source[count..];
        }
    }
}
