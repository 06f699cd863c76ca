namespace KvmPS.Core.Devices.Virtio.Block;

/// <summary>
/// A bucket that fills at a rate up to a level. What a request costs is taken after it was let through, since only then it is known: the level may
/// fall below zero, and the next one waits until that is made good. So the rate holds over time, and no request is too big ever to pass. Not synchronized.
/// </summary>
internal sealed class TokenBucket
{
    private const double DefaultBurst = 0.1; // seconds

    private readonly TimeProvider _time;
    private readonly double _rate; // tokens a second
    private readonly double _burst;
    private double _level;
    private long _filled; // when, in the time provider's units

    /// <summary>A full bucket.</summary>
    /// <param name="time">The clock.</param>
    /// <param name="rate">Tokens a second, positive.</param>
    /// <param name="burst">What fits, positive; a tenth of a second's when null.</param>
    public TokenBucket(TimeProvider time, long rate, long? burst)
    {
        _time = time;
        _rate = rate;
        _burst = burst ?? Math.Max(1, rate * DefaultBurst);
        _level = _burst;
        _filled = time.GetTimestamp();
    }

    /// <summary>How long until the next request may pass; zero when it may now.</summary>
    public TimeSpan Wait()
    {
        long now = _time.GetTimestamp();
        _level = Math.Min(_burst, _level + (_time.GetElapsedTime(_filled, now).TotalSeconds * _rate));
        _filled = now;
        if (_level > 0) return TimeSpan.Zero;
        // A level of just zero is not above it: one tick more, so that nobody who waited as long as told finds it shut.
        return TimeSpan.FromSeconds(Math.Min(-_level / _rate, TimeSpan.MaxValue.TotalSeconds / 2)) + TimeSpan.FromTicks(1);
    }

    /// <summary>Takes what a request cost.</summary>
    public void Take(long tokens) => _level -= tokens;
}
