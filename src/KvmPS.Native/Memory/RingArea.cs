using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace KvmPS.Native;

/// <summary>
/// One open area of a <see cref="RingMemory"/>, valid as long as its lock is held. Offsets are in bytes from its beginning; values are little-endian.
/// The guest may write the same bytes at the same time: read a value once, check it, use the copy.
/// </summary>
public readonly unsafe ref struct RingArea
{
    private readonly ref byte _start;

    internal RingArea(byte* start, uint length)
    {
        // SAFETY: the mapping is held for as long as the lock is; a closed area has no bytes, and its null is never followed.
        _start = ref Unsafe.AsRef<byte>(start);
        Length = length;
    }

    /// <summary>How many bytes it has; 0 when it is closed.</summary>
    public uint Length { get; }

    /// <summary>Copies a structure out of the area.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie in the area.</exception>
    public T Read<T>(uint offset) where T : unmanaged => Unsafe.ReadUnaligned<T>(ref At(offset, (uint)sizeof(T)));

    /// <summary>Copies a structure into the area.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It does not lie in the area.</exception>
    public void Write<T>(uint offset, T value) where T : unmanaged => Unsafe.WriteUnaligned(ref At(offset, (uint)sizeof(T)), value);

    /// <summary>Reads 16 bits that the guest may be writing; nothing after it is read before it.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do not lie in the area. The area, and so the cell, has to be aligned.</exception>
    public ushort LoadAcquire16(uint offset) => Volatile.Read(ref Unsafe.As<byte, ushort>(ref At(offset, sizeof(ushort))));

    /// <summary>Publishes 16 bits to the guest; everything written before it is visible first.</summary>
    /// <exception cref="ArgumentOutOfRangeException">They do not lie in the area. The area, and so the cell, has to be aligned.</exception>
    public void StoreRelease16(uint offset, ushort value) => Volatile.Write(ref Unsafe.As<byte, ushort>(ref At(offset, sizeof(ushort))), value);

    /// <summary>The one bounds check, which cannot overflow.</summary>
    private ref byte At(uint offset, uint size)
    {
        if (size > Length || offset > Length - size) ThrowOutside(offset);
        return ref Unsafe.Add(ref _start, offset);
    }

    [DoesNotReturn]
    private static void ThrowOutside(uint offset) => throw new ArgumentOutOfRangeException(nameof(offset), offset, "The access does not lie in the area.");
}
