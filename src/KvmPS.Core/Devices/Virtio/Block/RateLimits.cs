namespace KvmPS.Core.Devices.Virtio.Block;

/// <summary>How much a disk may do in a second. Null sets no limit.</summary>
public sealed record RateLimits
{
    /// <summary>Requests a second, of all kinds.</summary>
    public long? Iops { get; init; }

    /// <summary>Bytes a second that are read, written or made zero.</summary>
    public long? BytesPerSecond { get; init; }

    /// <summary>How many requests may come at once after a rest; a tenth of a second's when null.</summary>
    public long? BurstRequests { get; init; }

    /// <summary>How many bytes may come at once after a rest; a tenth of a second's when null.</summary>
    public long? BurstBytes { get; init; }

    /// <summary>Whether there is any limit.</summary>
    public bool AreSet => Iops is not null || BytesPerSecond is not null;

    /// <summary>Checks all values.</summary>
    /// <exception cref="ArgumentException">One is not positive.</exception>
    public void Validate()
    {
        foreach (long? value in (ReadOnlySpan<long?>)[Iops, BytesPerSecond, BurstRequests, BurstBytes])
        {
            if (value <= 0) throw new ArgumentOutOfRangeException(nameof(value), value, "A limit of a disk is at least 1.");
        }
    }
}
