using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace KvmPS.Native;

/// <summary>
/// The RAM of one machine: host mappings placed around the 32-bit MMIO hole. All access from the host goes through one bounds check,
/// and every method holds the mapping for as long as it touches it, so that a reader racing with teardown gets
/// <see cref="ObjectDisposedException"/> and never a stray pointer.
/// </summary>
public sealed class GuestMemory : IDisposable
{
    /// <summary>The page size of the guest and the host, in bytes.</summary>
    public const int PageSize = 4096;

    private const ulong AddressSpace = 1ul << 52; // physical addresses have at most 52 bits [sdm 3A §4.1.4]

    private readonly GuestRegion[] _regions;
    private volatile bool _disposed; // a machine's slots can keep the mappings alive for longer: the host's accesses end here

    private GuestMemory(GuestRegion[] regions)
    {
        _regions = regions;
        foreach (GuestRegion region in regions) Size += region.Size;
    }

    /// <summary>The regions, in ascending order of address.</summary>
    public IReadOnlyList<GuestRegion> Regions => _regions;

    /// <summary>The RAM of the machine in bytes.</summary>
    public ulong Size { get; }

    /// <summary>Maps <paramref name="size"/> bytes: from 0 up to <paramref name="holeStart"/>, the rest from <paramref name="holeEnd"/> on.</summary>
    /// <param name="size">Bytes of RAM; rounded up to whole pages.</param>
    /// <param name="holeStart">Where the 32-bit MMIO hole begins; a multiple of the page size.</param>
    /// <param name="holeEnd">Where it ends (4 GiB on a PC); a multiple of the page size.</param>
    /// <param name="options">How the host backs it.</param>
    /// <exception cref="ArgumentOutOfRangeException">The size is zero, or does not fit below 2^52; or the hole is no hole.</exception>
    /// <exception cref="KvmException">ENOMEM: the host cannot map that much, or has not that much to give at once.</exception>
    public static GuestMemory Allocate(ulong size, GuestAddress holeStart, GuestAddress holeEnd, GuestMemoryOptions options = default)
    {
        ArgumentOutOfRangeException.ThrowIfZero(size);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(size, AddressSpace);
        ArgumentOutOfRangeException.ThrowIfZero(holeStart.Value);
        ArgumentOutOfRangeException.ThrowIfNotEqual(holeStart.Value % PageSize, 0ul, nameof(holeStart));
        ArgumentOutOfRangeException.ThrowIfLessThan(holeEnd, holeStart);
        ArgumentOutOfRangeException.ThrowIfNotEqual(holeEnd.Value % PageSize, 0ul, nameof(holeEnd));
        size = (size + PageSize - 1) & ~(ulong)(PageSize - 1);

        var regions = new List<GuestRegion>(2);
        ulong low = Math.Min(size, holeStart.Value);
        if (size > low) ArgumentOutOfRangeException.ThrowIfGreaterThan(holeEnd.Value, AddressSpace - (size - low), nameof(holeEnd));
        try
        {
            regions.Add(GuestRegion.Map(new GuestAddress(0), low, options));
            if (size > low) regions.Add(GuestRegion.Map(holeEnd, size - low, options));
            if (options.Prefault) Populate(regions, size);
        }
        catch
        {
            foreach (GuestRegion region in regions) region.Mapping.Dispose();
            throw;
        }

        return new GuestMemory([.. regions]);
    }

    /// <summary>
    /// The same RAM for one of its users, who disposes it: it stays mapped that long. Every access counts its user in and out again, and threads that
    /// count in one place wait for each other's caches; each of these counts for itself.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The machine has ended.</exception>
    public GuestMemory Share()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        var shared = new List<GuestRegion>(_regions.Length);
        try
        {
            foreach (GuestRegion region in _regions) shared.Add(new GuestRegion(region.Start, region.Size, new MappedMemory(region.Mapping)));
            return new GuestMemory([.. shared]);
        }
        catch
        {
            foreach (GuestRegion region in shared) region.Mapping.Dispose();
            throw;
        }
    }

    /// <summary>
    /// How many bytes of the RAM the host backs with huge pages at this moment. It reads the list of all mappings of this process, which takes milliseconds.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The machine has ended.</exception>
    public ulong CountHugePageBytes()
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        ulong sum = 0;
        foreach (GuestRegion region in _regions)
        {
            bool held = false;
            region.Mapping.DangerousAddRef(ref held);
            try
            {
                sum += HugePages.CountBytes(region.Mapping.Address, region.Mapping.Address + region.Size);
            }
            finally
            {
                region.Mapping.DangerousRelease();
            }
        }

        return sum;
    }

    /// <summary>Whether all of [<paramref name="address"/>, <paramref name="address"/> + <paramref name="length"/>) is RAM of one region.</summary>
    public bool Contains(GuestAddress address, ulong length) => Find(address, length) is not null;

    /// <summary>Lends the bytes at an address for one bulk operation.</summary>
    /// <exception cref="GuestMemoryException">The range is not all RAM of one region.</exception>
    /// <exception cref="ObjectDisposedException">The machine has ended.</exception>
    public GuestSpan Lend(GuestAddress address, int length)
    {
        if (!TryLend(address, length, out GuestSpan span)) ThrowOutOfRange(address, length);
        return span;
    }

    /// <summary>Lends the bytes at an address, or says that they are not all RAM of one region.</summary>
    /// <exception cref="ObjectDisposedException">The machine has ended.</exception>
    public bool TryLend(GuestAddress address, int length, out GuestSpan lease)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        GuestRegion? region = length < 0 ? null : Find(address, (ulong)length);
        if (region is null)
        {
            lease = default;
            return false;
        }

        lease = region.Lend(address, length);
        return true;
    }

    /// <summary>Lends the mapping behind an address, with a reference that the caller gives back, or says that the range is not all RAM of one region.</summary>
    /// <exception cref="ObjectDisposedException">The machine has ended.</exception>
    internal bool TryLend(GuestAddress address, ulong length, [NotNullWhen(true)] out MappedMemory? mapping, out nuint offset)
    {
        ObjectDisposedException.ThrowIf(_disposed, this);
        GuestRegion? region = Find(address, length);
        mapping = region?.Mapping;
        offset = region is null ? 0 : (nuint)(address.Value - region.Start.Value);
        bool held = false;
        mapping?.DangerousAddRef(ref held);
        return mapping is not null;
    }

    /// <summary>Copies guest memory to the host.</summary>
    /// <exception cref="GuestMemoryException">The range is not all RAM of one region.</exception>
    public void Read(GuestAddress address, Span<byte> destination)
    {
        using GuestSpan source = Lend(address, destination.Length);
        source.Span.CopyTo(destination);
    }

    /// <summary>Copies bytes of the host to guest memory.</summary>
    /// <exception cref="GuestMemoryException">The range is not all RAM of one region.</exception>
    public void Write(GuestAddress address, ReadOnlySpan<byte> source)
    {
        using GuestSpan destination = Lend(address, source.Length);
        source.CopyTo(destination.Span);
    }

    /// <summary>Reads one little-endian value.</summary>
    /// <exception cref="GuestMemoryException">The range is not all RAM of one region.</exception>
    public T Read<T>(GuestAddress address) where T : unmanaged
    {
        using GuestSpan source = Lend(address, Unsafe.SizeOf<T>());
        return MemoryMarshal.Read<T>(source.Span);
    }

    /// <summary>Writes one little-endian value.</summary>
    /// <exception cref="GuestMemoryException">The range is not all RAM of one region.</exception>
    public void Write<T>(GuestAddress address, in T value) where T : unmanaged
    {
        using GuestSpan destination = Lend(address, Unsafe.SizeOf<T>());
        MemoryMarshal.Write(destination.Span, in value);
    }

    /// <summary>Fills a range with one byte.</summary>
    /// <exception cref="GuestMemoryException">The range is not all RAM of one region.</exception>
    public void Fill(GuestAddress address, int length, byte value)
    {
        using GuestSpan destination = Lend(address, length);
        destination.Span.Fill(value);
    }

    /// <summary>Reads 16 bits that another agent (the guest) may be writing; nothing after it is read before it.</summary>
    /// <exception cref="GuestMemoryException">The address is odd, or not RAM.</exception>
    public ushort LoadAcquire16(GuestAddress address)
    {
        using GuestSpan cell = LendAligned(address, sizeof(ushort));
        return Volatile.Read(ref Unsafe.As<byte, ushort>(ref MemoryMarshal.GetReference(cell.Span)));
    }

    /// <summary>Reads 32 bits that another agent (the guest) may be writing; nothing after it is read before it.</summary>
    /// <exception cref="GuestMemoryException">The address is not a multiple of 4, or not RAM.</exception>
    public uint LoadAcquire32(GuestAddress address)
    {
        using GuestSpan cell = LendAligned(address, sizeof(uint));
        return Volatile.Read(ref Unsafe.As<byte, uint>(ref MemoryMarshal.GetReference(cell.Span)));
    }

    /// <summary>Publishes 16 bits to the guest; everything written before it is visible first.</summary>
    /// <exception cref="GuestMemoryException">The address is odd, or not RAM.</exception>
    public void StoreRelease16(GuestAddress address, ushort value)
    {
        using GuestSpan cell = LendAligned(address, sizeof(ushort));
        Volatile.Write(ref Unsafe.As<byte, ushort>(ref MemoryMarshal.GetReference(cell.Span)), value);
    }

    /// <summary>Publishes 32 bits to the guest; everything written before it is visible first.</summary>
    /// <exception cref="GuestMemoryException">The address is not a multiple of 4, or not RAM.</exception>
    public void StoreRelease32(GuestAddress address, uint value)
    {
        using GuestSpan cell = LendAligned(address, sizeof(uint));
        Volatile.Write(ref Unsafe.As<byte, uint>(ref MemoryMarshal.GetReference(cell.Span)), value);
    }

    /// <summary>Unmaps the RAM as soon as no call is inside it and no machine has it in its slots.</summary>
    public void Dispose()
    {
        _disposed = true;
        foreach (GuestRegion region in _regions) region.Mapping.Dispose();
    }

    /// <summary>
    /// Takes all pages from the host. What the host has not is refused before: asked for page by page, the kernel would kill this process, or another, for it.
    /// </summary>
    private static void Populate(List<GuestRegion> regions, ulong size)
    {
        ulong available = HostMemory.AvailableBytes();
        if (size > available) throw new KvmException($"prefault of {size >> 20} MiB, with {available >> 20} MiB available,", Interop.Errno.ENOMEM);
        foreach (GuestRegion region in regions) region.Mapping.Populate();
    }

    /// <summary>The region that a range lies in; null when it is not all RAM of one region.</summary>
    internal GuestRegion? Find(GuestAddress address, ulong length)
    {
        foreach (GuestRegion region in _regions)
        {
            if (region.Contains(address, length)) return region;
        }

        return null;
    }

    private GuestSpan LendAligned(GuestAddress address, int size)
    {
        if (address.Value % (ulong)size != 0) ThrowOutOfRange(address, size);
        return Lend(address, size);
    }

    [DoesNotReturn]
    private void ThrowOutOfRange(GuestAddress address, int length) => throw new GuestMemoryException(address, length, this);
}
