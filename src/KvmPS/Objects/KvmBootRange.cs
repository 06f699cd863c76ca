using KvmPS.Native;

namespace KvmPS;

/// <summary>A range of guest-physical addresses, and what a boot puts or finds there.</summary>
public sealed class KvmBootRange
{
    internal KvmBootRange(GuestAddress start, ulong size, string content)
    {
        Start = start.Value;
        SizeBytes = (long)size;
        Content = content;
    }

    /// <summary>The first address.</summary>
    public ulong Start { get; }

    /// <summary>The first address after the range.</summary>
    public ulong End => unchecked(Start + (ulong)SizeBytes);

    /// <summary>How long the range is, in bytes.</summary>
    public long SizeBytes { get; }

    /// <summary>What is there.</summary>
    public string Content { get; }

    /// <summary>The addresses and the content.</summary>
    public override string ToString() => $"0x{Start:x}-0x{End:x} {Content}";
}
