namespace KvmPS.Core.Serial;

/// <summary>
/// Remembers when each line of a log began. Bounded: when it is full, every second mark is forgotten, so that old lines are
/// known to within their neighbours while new ones stay exact. Not synchronized.
/// </summary>
/// <param name="capacity">How many marks are kept at most; at least 2.</param>
internal sealed class LineClock(int capacity)
{
    private readonly List<(long Position, long Timestamp)> _marks = [];

    /// <summary>A line begins.</summary>
    /// <param name="position">The absolute offset of its first byte.</param>
    /// <param name="timestamp">When that byte came, in ticks of the clock's owner.</param>
    public void Mark(long position, long timestamp)
    {
        if (_marks.Count == capacity) Thin();
        _marks.Add((position, timestamp));
    }

    /// <summary>When the line began in which a byte lies, or the nearest one before it that is still known.</summary>
    public long? TimestampOf(long position)
    {
        int low = 0;
        int high = _marks.Count;
        while (low < high)
        {
            int middle = (low + high) >>> 1;
            if (_marks[middle].Position <= position) low = middle + 1;
            else high = middle;
        }

        return low == 0 ? null : _marks[low - 1].Timestamp;
    }

    private void Thin()
    {
        int kept = 0;
        for (int i = 0; i < _marks.Count; i += 2) _marks[kept++] = _marks[i];
        _marks.RemoveRange(kept, _marks.Count - kept);
    }
}
