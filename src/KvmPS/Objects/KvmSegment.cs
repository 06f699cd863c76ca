using System.Globalization;
using KvmPS.Core.Cpu;
using KvmPS.Native.Interop;

namespace KvmPS;

/// <summary>A segment register: its selector, and what the CPU keeps of its descriptor.</summary>
public sealed class KvmSegment
{
    internal KvmSegment(in kvm_segment segment)
    {
        Selector = segment.selector;
        Base = segment.@base;
        Limit = segment.limit;
        Flags = SegmentRights.Pack(segment);
        Description = SegmentRights.Describe(segment);
    }

    /// <summary>The selector.</summary>
    public ushort Selector { get; }

    /// <summary>The address of the segment's first byte.</summary>
    public ulong Base { get; }

    /// <summary>The offset of its last byte.</summary>
    public uint Limit { get; }

    /// <summary>The access rights: type in bits 0 to 3, S 4, DPL 5 and 6, P 7, AVL 12, L 13, D/B 14, G 15, unusable 16.</summary>
    public uint Flags { get; }

    /// <summary>The access rights in words, such as <c>code64 RX DPL0</c>.</summary>
    public string Description { get; }

    /// <summary>Everything in one line.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Selector:x4} base {Base:x16} limit {Limit:x8} {Description}");
}
