using System.Globalization;

namespace KvmPS.Native;

/// <summary>A guest-physical address, in bytes.</summary>
/// <param name="Value">The address.</param>
public readonly record struct GuestAddress(ulong Value) : IComparable<GuestAddress>
{
    /// <summary>The address <paramref name="bytes"/> further on; wraps at 2^64 like the CPU does, so bounds are checked where memory is touched.</summary>
    public static GuestAddress operator +(GuestAddress address, ulong bytes) => new(unchecked(address.Value + bytes));

    /// <summary>Whether the left address lies below the right one.</summary>
    public static bool operator <(GuestAddress left, GuestAddress right) => left.Value < right.Value;

    /// <summary>Whether the left address lies above the right one.</summary>
    public static bool operator >(GuestAddress left, GuestAddress right) => left.Value > right.Value;

    /// <summary>Whether the left address lies at or below the right one.</summary>
    public static bool operator <=(GuestAddress left, GuestAddress right) => left.Value <= right.Value;

    /// <summary>Whether the left address lies at or above the right one.</summary>
    public static bool operator >=(GuestAddress left, GuestAddress right) => left.Value >= right.Value;

    /// <inheritdoc/>
    public int CompareTo(GuestAddress other) => Value.CompareTo(other.Value);

    /// <summary>The address in hexadecimal, as Linux prints it.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"0x{Value:x}");
}
