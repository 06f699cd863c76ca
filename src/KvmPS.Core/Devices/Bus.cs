using System.Runtime.ExceptionServices;

namespace KvmPS.Core.Devices;

/// <summary>
/// Finds the device of an address. One class serves I/O ports and physical addresses; a machine has one of each.
/// <para>
/// There is no lock: the map is a sorted array that is never changed, only replaced, so vCPU threads look up in parallel. A machine has
/// about a dozen devices, and four comparisons cost less than the cache misses of a 64 Ki table.
/// </para>
/// <para>
/// An access that lies in one range goes to its device whole. Any other is split into bytes, each for its owner; a byte that nobody
/// owns reads 0xFF and its write is ignored, as on a PC's bus where no device drives the lines. An access with at least one such byte
/// counts as one unclaimed access.
/// </para>
/// </summary>
/// <param name="name">How errors call this bus, such as <c>I/O ports</c>.</param>
public sealed class Bus(string name) : IDisposable
{
    private BusMapping[] _map = [];
    private long _unclaimedReads;
    private long _unclaimedWrites;

    /// <summary>How errors call this bus.</summary>
    public string Name => name;

    /// <summary>What is on the bus, in ascending order of address.</summary>
    public IReadOnlyList<BusMapping> Devices => Array.AsReadOnly(Volatile.Read(ref _map));

    /// <summary>Reads with at least one byte that no device owns.</summary>
    public long UnclaimedReads => Interlocked.Read(ref _unclaimedReads);

    /// <summary>Writes with at least one byte that no device owns.</summary>
    public long UnclaimedWrites => Interlocked.Read(ref _unclaimedWrites);

    /// <summary>Places a device.</summary>
    /// <param name="device">The device; it may own several ranges.</param>
    /// <param name="range">The addresses it answers.</param>
    /// <param name="offset">The offset that the device sees at the first address of the range.</param>
    /// <exception cref="ArgumentOutOfRangeException">The range is empty or wraps around the end of the address space.</exception>
    /// <exception cref="BusOverlapException">Another device, or the same one, holds an address of the range.</exception>
    public void Insert(IBusDevice device, AddressRange range, ulong offset = 0)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentOutOfRangeException.ThrowIfZero(range.Length, nameof(range));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(range.Length - 1, ulong.MaxValue - range.Start, nameof(range));

        var mapping = new BusMapping(device, range, offset);
        BusMapping[] present;
        do
        {
            present = Volatile.Read(ref _map);
            foreach (BusMapping other in present)
                if (other.Range.Overlaps(range)) throw new BusOverlapException(name, mapping, other);
        }
        while (Interlocked.CompareExchange(ref _map, WithMapping(present, mapping), present) != present);
    }

    /// <summary>The guest reads <paramref name="data"/>.Length bytes at an address.</summary>
    public void Read(ulong address, Span<byte> data)
    {
        BusMapping[] map = Volatile.Read(ref _map);
        int index = Find(map, address);
        if (index >= 0 && map[index].Covers(address, data.Length)) map[index].Device.Read(map[index].OffsetOf(address), data);
        else ReadBytes(map, address, data);
    }

    /// <summary>The guest writes <paramref name="data"/>.Length bytes at an address.</summary>
    public void Write(ulong address, ReadOnlySpan<byte> data)
    {
        BusMapping[] map = Volatile.Read(ref _map);
        int index = Find(map, address);
        if (index >= 0 && map[index].Covers(address, data.Length)) map[index].Device.Write(map[index].OffsetOf(address), data);
        else WriteBytes(map, address, data);
    }

    /// <summary>A <c>rep ins</c>: element after element from the same address, with one lookup for all.</summary>
    /// <param name="address">The port.</param>
    /// <param name="width">Bytes per element, at least 1.</param>
    /// <param name="data">Receives the elements; a last one shorter than <paramref name="width"/> is a shorter access.</param>
    public void ReadRepeated(ulong address, int width, Span<byte> data)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        BusMapping[] map = Volatile.Read(ref _map);
        int index = Find(map, address);
        bool covered = index >= 0 && map[index].Covers(address, width);
        if (covered && map[index].Device is IRepeatBusDevice repeating && data.Length % width == 0)
        {
            repeating.ReadRepeated(map[index].OffsetOf(address), width, data);
            return;
        }

        for (; !data.IsEmpty; data = data[Math.Min(width, data.Length)..])
        {
            Span<byte> element = data[..Math.Min(width, data.Length)];
            if (covered) map[index].Device.Read(map[index].OffsetOf(address), element);
            else ReadBytes(map, address, element);
        }
    }

    /// <summary>A <c>rep outs</c>: element after element to the same address, with one lookup for all.</summary>
    /// <param name="address">The port.</param>
    /// <param name="width">Bytes per element, at least 1.</param>
    /// <param name="data">The elements; a last one shorter than <paramref name="width"/> is a shorter access.</param>
    public void WriteRepeated(ulong address, int width, ReadOnlySpan<byte> data)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(width);
        BusMapping[] map = Volatile.Read(ref _map);
        int index = Find(map, address);
        bool covered = index >= 0 && map[index].Covers(address, width);
        if (covered && map[index].Device is IRepeatBusDevice repeating && data.Length % width == 0)
        {
            repeating.WriteRepeated(map[index].OffsetOf(address), width, data);
            return;
        }

        for (; !data.IsEmpty; data = data[Math.Min(width, data.Length)..])
        {
            ReadOnlySpan<byte> element = data[..Math.Min(width, data.Length)];
            if (covered) map[index].Device.Write(map[index].OffsetOf(address), element);
            else WriteBytes(map, address, element);
        }
    }

    /// <summary>Puts every device back to its power-on state.</summary>
    public void Reset()
    {
        foreach (BusMapping mapping in Volatile.Read(ref _map)) mapping.Device.Reset();
    }

    /// <summary>The machine has ended: ends what devices do by themselves, such as timers. They still answer.</summary>
    /// <remarks>All of them, also when one fails; then its exception is thrown, or the first of several.</remarks>
    public void Dispose()
    {
        Exception? first = null;
        foreach (BusMapping mapping in Volatile.Read(ref _map))
        {
            try
            {
                (mapping.Device as IDisposable)?.Dispose();
            }
            catch (Exception failure)
            {
                first ??= failure;
            }
        }

        if (first is not null) ExceptionDispatchInfo.Throw(first);
    }

    private void ReadBytes(BusMapping[] map, ulong address, Span<byte> data)
    {
        bool unclaimed = false;
        for (int i = 0; i < data.Length; i++)
        {
            // GUEST-CONTROLLED: past the last address the bytes wrap to 0, as the address lines do.
            ulong at = unchecked(address + (ulong)i);
            int index = Find(map, at);
            if (index >= 0)
            {
                map[index].Device.Read(map[index].OffsetOf(at), data.Slice(i, 1));
                continue;
            }

            data[i] = 0xFF;
            unclaimed = true;
        }

        if (unclaimed) Interlocked.Increment(ref _unclaimedReads);
    }

    private void WriteBytes(BusMapping[] map, ulong address, ReadOnlySpan<byte> data)
    {
        bool unclaimed = false;
        for (int i = 0; i < data.Length; i++)
        {
            // GUEST-CONTROLLED: as in ReadBytes.
            ulong at = unchecked(address + (ulong)i);
            int index = Find(map, at);
            if (index >= 0) map[index].Device.Write(map[index].OffsetOf(at), data.Slice(i, 1));
            else unclaimed = true;
        }

        if (unclaimed) Interlocked.Increment(ref _unclaimedWrites);
    }

    private static int Find(BusMapping[] map, ulong address)
    {
        int low = 0;
        int high = map.Length - 1;
        while (low <= high)
        {
            int middle = (low + high) >>> 1;
            ref readonly BusMapping candidate = ref map[middle];
            if (address < candidate.Range.Start) high = middle - 1;
            else if (candidate.Range.Contains(address)) return middle;
            else low = middle + 1;
        }

        return -1;
    }

    private static BusMapping[] WithMapping(BusMapping[] present, BusMapping mapping)
    {
        BusMapping[] map = [.. present, mapping];
        Array.Sort(map, static (a, b) => a.Range.Start.CompareTo(b.Range.Start));
        return map;
    }
}
