using System.Diagnostics;

namespace KvmPS.Core.Serial;

/// <summary>A moment on the monotonic clock up to which a wait may last.</summary>
internal readonly struct Deadline
{
    private readonly long _timestamp; // long.MaxValue: never.

    private Deadline(long timestamp) => _timestamp = timestamp;

    public bool HasPassed => _timestamp != long.MaxValue && Stopwatch.GetTimestamp() >= _timestamp;

    /// <summary>What is left, in whole milliseconds rounded up so that a wait does not end early and spin; at most a day at a time.</summary>
    public TimeSpan Remaining
    {
        get
        {
            if (_timestamp == long.MaxValue) return Timeout.InfiniteTimeSpan;
            double milliseconds = Stopwatch.GetElapsedTime(Stopwatch.GetTimestamp(), _timestamp).TotalMilliseconds;
            return TimeSpan.FromMilliseconds(Math.Clamp(Math.Ceiling(milliseconds), 0, TimeSpan.MillisecondsPerDay));
        }
    }

    public static Deadline After(TimeSpan timeout)
    {
        if (timeout == Timeout.InfiniteTimeSpan) return new Deadline(long.MaxValue);
        double end = Stopwatch.GetTimestamp() + (timeout.TotalSeconds * Stopwatch.Frequency);
        return new Deadline(end >= long.MaxValue ? long.MaxValue : (long)end);
    }

    public static Deadline Earlier(Deadline a, Deadline b) => a._timestamp <= b._timestamp ? a : b;
}
