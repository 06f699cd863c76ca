namespace KvmPS.Stress.Storage;

/// <summary>
/// What a sector may contain after a loss of power: what the last flush made certain, and everything since. Entries are counted from the first
/// one ever, so that a flush can say up to which it counts while others are added.
/// </summary>
internal sealed class SectorHistory
{
    /// <summary>An entry of a discard: the sector keeps what it has or becomes zero.</summary>
    public const uint Discard = SectorPattern.Foreign - 1;

    private readonly List<uint> _entries = [];
    private int _dropped;

    /// <summary>A sector that certainly has a version.</summary>
    public SectorHistory(uint version) => _entries.Add(version);

    /// <summary>How many entries there ever were that are complete.</summary>
    public int Completed { get; private set; } = 1;

    /// <summary>Whether there is but one answer.</summary>
    public bool IsCertain => _entries.Count == 1 && Completed == _dropped + 1;

    /// <summary>The first of the entries that count: a version, never a discard.</summary>
    public uint Oldest => _entries[0];

    /// <summary>Everything that it may contain after a loss of power.</summary>
    public IEnumerable<uint> Possible => _entries.Select(static entry => entry == Discard ? SectorPattern.Zeroes : entry);

    /// <summary>Everything that it may read as now: the last write, or zero after a discard.</summary>
    public IEnumerable<uint> Current => _entries.Skip(_entries.FindLastIndex(static entry => entry != Discard)).Select(static entry => entry == Discard ? SectorPattern.Zeroes : entry);

    /// <summary>Something is about to be written.</summary>
    public void Begin(uint entry) => _entries.Add(entry);

    /// <summary>It has been.</summary>
    public void Complete() => Completed = _dropped + _entries.Count;

    /// <summary>A flush has made certain what was complete at its beginning.</summary>
    public void Flushed(int completed)
    {
        int last = completed - _dropped - 1;
        while (last > 0 && _entries[last] == Discard) last--;
        if (last <= 0) return;
        _entries.RemoveRange(0, last);
        _dropped += last;
    }

    /// <summary>The same, for somebody who looks at it later.</summary>
    public uint[] Snapshot() => [.. Possible];
}
