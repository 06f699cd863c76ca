namespace KvmPS.Core.Serial;

/// <summary>
/// Which bytes of a log were sent by polling, with the transmitter's interrupt off. Linux sends by interrupts what programs write, and by polling what its
/// kernel says itself, so that this comes out when nothing else works any more: on a UART the two can be told apart.
/// </summary>
internal sealed class PolledRanges
{
    private const int Most = 512; // GUEST-CONTROLLED: it may change its mind with every byte. Older ranges are forgotten, and count as sent by interrupts.

    private readonly List<(long Start, long End)> _ranges = []; // INVARIANT: ascending, none empty.
    private bool _polls;
    private long _since;
    private long _lastDriven;

    /// <summary>The guest sends in another way from now on.</summary>
    /// <param name="polls">Whether by polling.</param>
    /// <param name="total">How many bytes it has sent.</param>
    public void Change(bool polls, long total)
    {
        if (polls == _polls) return;
        if (total > _since && _polls) Add(_since, total);
        else if (total > _since) _lastDriven = total;
        (_polls, _since) = (polls, total);
    }

    /// <summary>Whether anything was sent by interrupts at or after a position.</summary>
    public bool IsDrivenSince(long position, long total) => (_polls || total == _since ? _lastDriven : total) > position;

    /// <summary>Where the bytes of one kind end that begin at a position.</summary>
    public long EndOf(long position, long total, out bool isPolled)
    {
        isPolled = _polls && position >= _since;
        if (isPolled) return total;
        int next = FirstBehind(position);
        if (next == _ranges.Count) return _polls ? _since : total;
        isPolled = _ranges[next].Start <= position;
        return isPolled ? _ranges[next].End : _ranges[next].Start;
    }

    private int FirstBehind(long position)
    {
        int low = 0;
        for (int high = _ranges.Count; low < high;)
        {
            int middle = (low + high) / 2;
            if (_ranges[middle].End > position) high = middle;
            else low = middle + 1;
        }

        return low;
    }

    private void Add(long start, long end)
    {
        if (_ranges.Count == Most) _ranges.RemoveRange(0, Most / 2);
        _ranges.Add((start, end));
    }
}
