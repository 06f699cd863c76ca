using KvmPS.Core.Block;
using KvmPS.Native;

namespace KvmPS.Core.Devices.Virtio.Block;

/// <summary>What the queues of a disk share: the backend and how requests are carried out on it, limits, counters, and who learns of errors.</summary>
internal sealed class BlockDisk
{
    private readonly IBlockBackend _backend;
    private readonly byte[] _serial;
    private readonly DiskCounters[] _ringCounters;
    private readonly DiskCounters[] _workerCounters;
    private readonly Action<DiskError> _onError;
    private ulong _capacity;
    private volatile bool _isWriteBack;
    private volatile bool _isBroken;

    /// <summary>A disk that nobody works on.</summary>
    public BlockDisk(VirtioBlockOptions options, IBlockBackend backend, TimeProvider time, Action<DiskError> onError)
    {
        (_backend, _onError, Name) = (backend, onError, options.Name);
        _serial = options.SerialBytes();
        _ringCounters = [.. Enumerable.Range(0, options.QueueCount).Select(static _ => new DiskCounters())];
        _workerCounters = [.. Enumerable.Range(0, options.QueueCount).Select(static _ => new DiskCounters())];
        Limiter = new RateLimiter(time, options.Limits);
        IsReadOnly = options.ReadOnly || backend.IsReadOnly;
    }

    /// <summary>What errors call it.</summary>
    public string Name { get; }

    /// <summary>Whether writes are refused.</summary>
    public bool IsReadOnly { get; }

    /// <summary>Holds the queues to the disk's rates.</summary>
    public RateLimiter Limiter { get; }

    /// <summary>The size in sectors.</summary>
    public ulong Capacity
    {
        get => Volatile.Read(ref _capacity);
        set => Volatile.Write(ref _capacity, value);
    }

    /// <summary>Whether a write may end before it is on stable storage.</summary>
    public bool IsWriteBack
    {
        get => _isWriteBack;
        set => _isWriteBack = value;
    }

    /// <summary>Whether the queues do nothing, because the driver or this device is at fault.</summary>
    public bool IsBroken => _isBroken;

    /// <summary>The transport; null until it is attached.</summary>
    public IVirtioTransport? Transport { get; set; }

    /// <summary>What the disk has done.</summary>
    public DiskStatistics Statistics => DiskCounters.Sum(_workerCounters.Concat(_ringCounters));

    /// <summary>The counters of a queue's thread, and those that its workers share.</summary>
    public (DiskCounters Ring, DiskCounters Workers) CountersOf(int queue) => (_ringCounters[queue], _workerCounters[queue]);

    /// <summary>Forgets faults.</summary>
    public void Mend() => _isBroken = false;

    /// <summary>The driver is at fault.</summary>
    public void Fail(string reason)
    {
        _isBroken = true;
        Transport?.Fail(reason);
    }

    /// <summary>This device is at fault.</summary>
    public void Fail(Exception failure)
    {
        _isBroken = true;
        Transport?.ReportFailure(failure);
    }

    /// <summary>Carries out a request if nothing has to be waited for; false when something has to.</summary>
    public bool TryCarryOutAtOnce(BlockRequest request, out BlockStatus status)
    {
        status = BlockStatus.Ok;
        try
        {
            switch (request.Operation)
            {
                case DiskOperation.Read:
                    return request.Length == 0 || _backend.TryReadAtOnce(request.Offset, request.Data);
                case DiskOperation.Write when _isWriteBack && _backend.WritesAtOnce:
                    _backend.Write(request.Offset, request.Data);
                    return true;
                case DiskOperation.Other:
                    request.Data.CopyFrom(_serial.AsSpan(0, (int)request.Length)); // as much as there is room for
                    return true;
                default:
                    return false;
            }
        }
        catch (IOException error)
        {
            status = Report(request, error);
            return true;
        }
    }

    /// <summary>Carries out a request, however long it takes.</summary>
    public BlockStatus CarryOut(BlockRequest request)
    {
        try
        {
            switch (request.Operation)
            {
                case DiskOperation.Read: _backend.Read(request.Offset, request.Data); break;
                case DiskOperation.Write: _backend.Write(request.Offset, request.Data); break;
                case DiskOperation.Flush: _backend.Flush(); break;
                case DiskOperation.Discard: Discard(request.Ranges); break;
                case DiskOperation.WriteZeroes: WriteZeroes(request.Ranges); break;
            }

            // Without a cache, to the driver, what has ended is on stable storage [virtio-1.2 §5.2.6.2].
            if (!_isWriteBack && request.Operation is DiskOperation.Write or DiskOperation.WriteZeroes) _backend.Flush();
            return BlockStatus.Ok;
        }
        catch (IOException error)
        {
            return Report(request, error);
        }
    }

    private void Discard(ReadOnlySpan<BlockRange> ranges)
    {
        foreach (BlockRange range in ranges)
            if (range.Sectors > 0) _backend.Discard(range.Offset, range.Length);
    }

    private void WriteZeroes(ReadOnlySpan<BlockRange> ranges)
    {
        foreach (BlockRange range in ranges)
            if (range.Sectors > 0) _backend.WriteZeroes(range.Offset, range.Length, range.MayUnmap);
    }

    private BlockStatus Report(BlockRequest request, IOException error)
    {
        if (error is HostIOException { IsNotSupported: true }) return BlockStatus.Unsupported;
        _onError(new DiskError(Name, request.Operation, request.Offset, request.Length, error));
        return BlockStatus.IOError;
    }
}
