namespace KvmPS.Core.Devices.Virtio.Block;

/// <summary>
/// Holds a disk to its <see cref="RateLimits"/>: its queues' threads ask before they take a request, and tell what it cost. Nobody waits in here.
/// </summary>
/// <remarks>LOCK ORDER: a leaf. Without limits no lock is taken.</remarks>
internal sealed class RateLimiter
{
    private readonly Lock _lock = new();
    private readonly TimeProvider _time;
    private volatile Buckets? _buckets; // its contents are guarded by _lock
    private RateLimits _limits = new();

    /// <summary>A limiter with full buckets.</summary>
    public RateLimiter(TimeProvider time, RateLimits limits)
    {
        _time = time;
        Limits = limits;
    }

    /// <summary>The limits; those that are set begin with a full burst.</summary>
    /// <exception cref="ArgumentException">One is not positive.</exception>
    public RateLimits Limits
    {
        get => Volatile.Read(ref _limits);
        set
        {
            value.Validate();
            Volatile.Write(ref _limits, value);
            _buckets = value.AreSet ? new Buckets(_time, value) : null;
        }
    }

    /// <summary>How long until the next request may be taken; zero when it may now.</summary>
    public TimeSpan Wait()
    {
        if (_buckets is not { } buckets) return TimeSpan.Zero;
        lock (_lock)
        {
            TimeSpan requests = buckets.Requests?.Wait() ?? TimeSpan.Zero;
            TimeSpan bytes = buckets.Bytes?.Wait() ?? TimeSpan.Zero;
            return requests > bytes ? requests : bytes;
        }
    }

    /// <summary>One request was taken.</summary>
    /// <param name="bytes">What it moves.</param>
    public void Take(long bytes)
    {
        if (_buckets is not { } buckets) return;
        lock (_lock)
        {
            buckets.Requests?.Take(1);
            buckets.Bytes?.Take(bytes);
        }
    }

    private sealed class Buckets(TimeProvider time, RateLimits limits)
    {
        public TokenBucket? Requests { get; } = limits.Iops is { } rate ? new TokenBucket(time, rate, limits.BurstRequests) : null;

        public TokenBucket? Bytes { get; } = limits.BytesPerSecond is { } rate ? new TokenBucket(time, rate, limits.BurstBytes) : null;
    }
}
