using System.Numerics;
using System.Text;

namespace KvmPS.Core.Devices.Virtio.Block;

/// <summary>What a disk is like to its guest, beside its contents.</summary>
public sealed record VirtioBlockOptions
{
    /// <summary>Bytes of a serial number [virtio-1.2 §5.2.6].</summary>
    public const int SerialLength = 20;

    /// <summary>The most queues.</summary>
    public const int MostQueues = 64;

    private const ushort SmallestQueue = 4; // header, data and status, and one more

    /// <summary>The device's name, such as <c>disk0</c>.</summary>
    public string Name { get; init; } = "disk";

    /// <summary>What the guest sees as the serial number: up to 20 printable ASCII characters.</summary>
    public string Serial { get; init; } = "";

    /// <summary>How many queues it has, best one for each vCPU: 1 to <see cref="MostQueues"/>.</summary>
    public int QueueCount { get; init; } = 1;

    /// <summary>The most entries of a queue: a power of two from 4 to 32768.</summary>
    public ushort QueueSize { get; init; } = 256;

    /// <summary>Whether writes are refused, also when the backend would take them.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>
    /// Whether a completed write may be in a cache that the guest has to flush. When false, each write is flushed before it completes, and the driver
    /// cannot choose otherwise.
    /// </summary>
    public bool WriteBack { get; init; } = true;

    /// <summary>The longest buffer of a request, in bytes: at least 4096.</summary>
    public uint MaxSegmentSize { get; init; } = 1u << 30;

    /// <summary>How many requests that have to wait, for a device or a flush, are carried out at a time: at least 1.</summary>
    public int MaxWorkers { get; init; } = 16;

    /// <summary>How much it may do in a second.</summary>
    public RateLimits Limits { get; init; } = new();

    /// <summary>The most buffers of data in a request: those of a full queue without header and status.</summary>
    public uint MaxSegments => (uint)QueueSize - 2;

    /// <summary>Checks all values.</summary>
    /// <exception cref="ArgumentException">One is out of its range.</exception>
    public void Validate()
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(Name);
        ArgumentOutOfRangeException.ThrowIfLessThan(QueueCount, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(QueueCount, MostQueues);
        ArgumentOutOfRangeException.ThrowIfLessThan(QueueSize, SmallestQueue);
        ArgumentOutOfRangeException.ThrowIfNotEqual(BitOperations.IsPow2(QueueSize), true, nameof(QueueSize));
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxSegmentSize, 4096u);
        ArgumentOutOfRangeException.ThrowIfLessThan(MaxWorkers, 1);
        Limits.Validate();
        SerialBytes();
    }

    /// <summary>The serial number as the guest gets it, with zeroes behind it.</summary>
    /// <exception cref="ArgumentException">It is too long, or has other than printable ASCII characters.</exception>
    internal byte[] SerialBytes()
    {
        if (Serial.Length > SerialLength || Serial.Any(static c => c is < ' ' or > '~'))
            throw new ArgumentException($"The serial number '{Serial}' is not up to {SerialLength} printable ASCII characters.", nameof(Serial));
        byte[] bytes = new byte[SerialLength];
        Encoding.ASCII.GetBytes(Serial, bytes);
        return bytes;
    }
}
