namespace KvmPS.Core.Devices.Virtio.Block;

/// <summary>
/// How long a queue's thread looks for the driver's next request before it sleeps. To fall asleep and be woken costs more than a small request takes: a
/// thread whose requests come soon looks, and one whose requests do not come sleeps at once, so that an idle disk costs nothing.
/// </summary>
/// <remarks>
/// The window grows when the thread slept and was rung for so soon that a longer look would have met the request, and closes when it slept for
/// longer than the longest look. A look gives way now and then: what it waits for may need its CPU. For one thread.
/// </remarks>
/// <param name="time">The clock.</param>
internal sealed class PollWindow(TimeProvider time)
{
    private const int PausesOfLook = 8;
    private const int LooksBetweenYields = 16;

    private readonly long _shortest = time.TimestampFrequency / 250_000; // 4 us
    private readonly long _longest = time.TimestampFrequency / 20_000; // 50 us
    private long _ticks;
    private long _idleSince;
    private bool _isIdle;

    /// <summary>How long the next look is, at most.</summary>
    public TimeSpan Length => TimeSpan.FromSeconds((double)_ticks / time.TimestampFrequency);

    /// <summary>Whether a request came within the window. If none did, the caller is about to sleep.</summary>
    public bool Poll(Queue queue)
    {
        (_isIdle, _idleSince) = (true, time.GetTimestamp());
        for (int looks = 1; time.GetTimestamp() - _idleSince < _ticks; looks++)
        {
            if (queue.Waiting > 0) return true;
            if (looks % LooksBetweenYields == 0) Thread.Yield();
            else Thread.SpinWait(PausesOfLook);
        }

        return false;
    }

    /// <summary>There is work again: learns from how long there was none.</summary>
    public void End()
    {
        if (!_isIdle) return;
        long idle = time.GetTimestamp() - _idleSince;
        _isIdle = false;
        if (idle > _longest) _ticks = 0;
        else if (idle > _ticks) _ticks = Math.Clamp(_ticks * 2, _shortest, _longest);
    }
}
