namespace KvmPS.Core.Devices.Virtio.Block;

/// <summary>What a disk has done since its machine was built, all at one moment.</summary>
/// <param name="Reads">Reads.</param>
/// <param name="Writes">Writes.</param>
/// <param name="Flushes">Flushes that the guest asked for.</param>
/// <param name="Discards">Ranges given up.</param>
/// <param name="ZeroWrites">Ranges made zero.</param>
/// <param name="Others">Serial numbers told, and requests that are not known.</param>
/// <param name="InFlight">Requests that the device has taken and not ended.</param>
/// <param name="Doorbells">How often the guest rang for requests.</param>
/// <param name="Interrupts">How often it was told of their end.</param>
public sealed record DiskStatistics(
    OperationStatistics Reads,
    OperationStatistics Writes,
    OperationStatistics Flushes,
    OperationStatistics Discards,
    OperationStatistics ZeroWrites,
    OperationStatistics Others,
    long InFlight,
    long Doorbells,
    long Interrupts)
{
    /// <summary>All requests that ended.</summary>
    public long Requests => All.Sum(static operation => operation.Count);

    /// <summary>Those that ended with an error.</summary>
    public long Errors => All.Sum(static operation => operation.Errors);

    private OperationStatistics[] All => [Reads, Writes, Flushes, Discards, ZeroWrites, Others];
}

/// <summary>One kind of requests.</summary>
/// <param name="Bytes">Read, written, given up or made zero, by those that succeeded.</param>
/// <param name="Errors">How many failed.</param>
/// <param name="TotalTime">The sum of the times that they took.</param>
/// <param name="Latency">The times.</param>
public sealed record OperationStatistics(long Bytes, long Errors, TimeSpan TotalTime, LatencyHistogram Latency)
{
    /// <summary>How many ended.</summary>
    public long Count => Latency.Count;
}
