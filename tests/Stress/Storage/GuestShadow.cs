namespace KvmPS.Stress.Storage;

/// <summary>
/// What a guest knows about its disk: for each sector, and for the size, what it may find there now and after a loss of power. Safe for several
/// guests' threads that keep to sectors of their own.
/// </summary>
internal sealed class GuestShadow
{
    private readonly Lock _lock = new();
    private readonly uint[] _certain;
    private readonly Dictionary<int, SectorHistory> _open = []; // the sectors that have more than one answer
    private readonly List<int> _sizes = [];
    private uint _versions = 1; // the first is for what was there before

    /// <summary>A disk whose content is certain.</summary>
    /// <param name="certain">The version of every sector that the disk can ever have.</param>
    /// <param name="size">Sectors that it has now.</param>
    public GuestShadow(uint[] certain, int size)
    {
        _certain = certain;
        _sizes.Add(size);
        _versions = Math.Max(_versions, certain.Max());
    }

    /// <summary>Sectors that the disk has now.</summary>
    public int Size
    {
        get
        {
            lock (_lock) return _sizes[^1];
        }
    }

    /// <summary>A number for the next write.</summary>
    public uint NextVersion() => Interlocked.Increment(ref _versions);

    /// <summary>Before a write, with its version; zeroes or <see cref="SectorHistory.Discard"/> are versions too.</summary>
    public void Begin(int first, int count, uint version)
    {
        lock (_lock)
        {
            for (int i = first; i < first + count; i++)
            {
                if (!_open.TryGetValue(i, out SectorHistory? history)) _open[i] = history = new SectorHistory(_certain[i]);
                history.Begin(version);
            }
        }
    }

    /// <summary>After it.</summary>
    public void Complete(int first, int count)
    {
        lock (_lock)
        {
            for (int i = first; i < first + count; i++) _open[i].Complete();
        }
    }

    /// <summary>Before the size changes.</summary>
    public void BeginResize(int size)
    {
        if (size < Size) Begin(size, Size - size, SectorPattern.Zeroes); // gone, and zero when they come back
        lock (_lock) _sizes.Add(size);
    }

    /// <summary>After it.</summary>
    public void CompleteResize(int formerSize)
    {
        if (Size < formerSize) Complete(Size, formerSize - Size);
    }

    /// <summary>Before a flush. What it will have made certain when it returns.</summary>
    public GuestFlush BeginFlush()
    {
        lock (_lock) return new GuestFlush([.. _open.Select(static pair => (pair.Key, pair.Value, pair.Value.Completed))], _sizes.Count - 1);
    }

    /// <summary>After it.</summary>
    public void Complete(GuestFlush flush)
    {
        lock (_lock)
        {
            foreach ((int sector, SectorHistory history, int completed) in flush.Sectors)
            {
                history.Flushed(completed);
                if (!_open.TryGetValue(sector, out SectorHistory? current) || current != history) continue;
                _certain[sector] = history.Oldest;
                if (history.IsCertain) _open.Remove(sector);
            }

            _sizes.RemoveRange(0, Math.Min(flush.Sizes, _sizes.Count - 1));
        }
    }

    /// <summary>What is wrong with what was read just now, or null.</summary>
    public string? FindFault(int first, ReadOnlySpan<byte> read)
    {
        lock (_lock)
        {
            for (int i = 0; i < read.Length / SectorPattern.Size; i++)
            {
                ReadOnlySpan<byte> sector = read.Slice(i * SectorPattern.Size, SectorPattern.Size);
                uint[] legal = _open.TryGetValue(first + i, out SectorHistory? history) ? [.. history.Current] : [_certain[first + i]];
                if (!legal.Contains(SectorPattern.VersionOf(sector, first + i)))
                    return $"sector {first + i} reads as {SectorPattern.Describe(sector, first + i)} instead of {string.Join(" or ", legal)}.";
            }

            return null;
        }
    }

    /// <summary>What may be found if the power failed now.</summary>
    public GuestExpectation Expect()
    {
        lock (_lock) return new GuestExpectation([.. _certain], _open.ToDictionary(static pair => pair.Key, static pair => pair.Value.Snapshot()), [.. _sizes]);
    }
}

/// <summary>A flush on its way.</summary>
/// <param name="Sectors">The sectors with more than one answer, and how many of their entries it covers.</param>
/// <param name="Sizes">How many of the older sizes it leaves behind.</param>
internal sealed record GuestFlush(IReadOnlyList<(int Sector, SectorHistory History, int Completed)> Sectors, int Sizes);

/// <summary>What may be found on a disk after a loss of power at one instant.</summary>
/// <param name="certain">The version of every sector with one answer.</param>
/// <param name="open">The versions of those with several.</param>
/// <param name="sizes">The sizes, in sectors.</param>
internal sealed class GuestExpectation(uint[] certain, Dictionary<int, uint[]> open, int[] sizes)
{
    /// <summary>What is wrong with a disk's size, or null.</summary>
    public string? FindFault(long length) =>
        sizes.Contains((int)(length / SectorPattern.Size)) ? null : $"the disk has {length / SectorPattern.Size} sectors instead of {string.Join(" or ", sizes)}.";

    /// <summary>What is wrong with what was read, or null.</summary>
    /// <param name="first">The first sector.</param>
    /// <param name="read">Whole sectors.</param>
    /// <param name="found">Where the versions go that were found.</param>
    public string? FindFault(int first, ReadOnlySpan<byte> read, Span<uint> found)
    {
        for (int i = 0; i < read.Length / SectorPattern.Size; i++)
        {
            int place = first + i;
            ReadOnlySpan<byte> sector = read.Slice(i * SectorPattern.Size, SectorPattern.Size);
            found[place] = SectorPattern.VersionOf(sector, place);
            bool isOpen = open.TryGetValue(place, out uint[]? several);
            if (isOpen ? several!.Contains(found[place]) : certain[place] == found[place]) continue;
            return $"sector {place} has {SectorPattern.Describe(sector, place)} instead of {(isOpen ? string.Join(" or ", several!) : certain[place])}.";
        }

        return null;
    }
}
