using System.Globalization;
using KvmPS.Native.Interop;

namespace KvmPS;

/// <summary>Where a descriptor table is: GDTR or IDTR.</summary>
public sealed class KvmDescriptorTable
{
    internal KvmDescriptorTable(in kvm_dtable table)
    {
        Base = table.@base;
        Limit = table.limit;
    }

    /// <summary>The linear address of the table.</summary>
    public ulong Base { get; }

    /// <summary>The offset of its last byte.</summary>
    public ushort Limit { get; }

    /// <summary>Both in one line.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"base {Base:x16} limit {Limit:x4}");
}
