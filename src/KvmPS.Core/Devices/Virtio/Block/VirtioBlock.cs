using KvmPS.Core.Block;

namespace KvmPS.Core.Devices.Virtio.Block;

/// <summary>A disk [virtio-1.2 §5.2]: one or more queues of requests, carried out on a backend.</summary>
/// <remarks>
/// <para>
/// A flush covers all writes that had ended before it was submitted: they had reached the backend by then. A write that has ended while the cache is
/// write-through was flushed before it ended.
/// </para>
/// LOCK ORDER: the transport's locks, <see cref="_gate"/>, those of queues and workers, which are leaves. Threads of the disk never take <see cref="_gate"/>.
/// </remarks>
public sealed class VirtioBlock : IVirtioDevice
{
    private const uint BlockDeviceId = 2;

    private readonly object _gate = new();
    private readonly VirtioBlockOptions _options;
    private readonly IBlockBackend _backend;
    private readonly BlockConfig _config; // guarded by the transport's lock of the configuration space
    private readonly BlockDisk _disk;
    private readonly BlockQueue?[] _queues; // guarded by _gate, as all below
    private VirtioContext? _context;
    private BlockRules? _rules;
    private BlockWorkers? _workers;

    /// <summary>A disk without a driver.</summary>
    /// <param name="options">What it is like.</param>
    /// <param name="backend">Its contents; the caller's, to be disposed after the device.</param>
    /// <param name="time">The clock of the rate limits.</param>
    /// <exception cref="ArgumentException">An option is out of its range.</exception>
    public VirtioBlock(VirtioBlockOptions options, IBlockBackend backend, TimeProvider time)
    {
        options.Validate();
        (_options, _backend) = (options, backend);
        _queues = new BlockQueue?[options.QueueCount];
        QueueSizes = [.. Enumerable.Repeat(options.QueueSize, options.QueueCount)];
        _config = new BlockConfig(options, backend.Limits);
        _disk = new BlockDisk(options, backend, time, error => ErrorOccurred?.Invoke(this, error));
        Features = BlockFeature.SizeMax | BlockFeature.SegMax | BlockFeature.BlockSize | BlockFeature.Topology | BlockFeature.Flush | BlockFeature.ConfigWriteCache
            | (options.QueueCount > 1 ? BlockFeature.MultiQueue : 0)
            | (_disk.IsReadOnly ? BlockFeature.ReadOnly : BlockFeature.Discard | BlockFeature.WriteZeroes);
        SetCapacity();
        _disk.IsWriteBack = options.WriteBack;
    }

    /// <summary>
    /// A request failed on the host; the guest got an I/O error. Raised on a thread of the disk: handlers return soon and throw nothing.
    /// </summary>
    public event EventHandler<DiskError>? ErrorOccurred;

    /// <inheritdoc/>
    public string Name => _options.Name;

    /// <inheritdoc/>
    public uint DeviceId => BlockDeviceId;

    /// <inheritdoc/>
    public ulong Features { get; }

    /// <inheritdoc/>
    public IReadOnlyList<ushort> QueueSizes { get; }

    /// <summary>What it has done, over all resets.</summary>
    public DiskStatistics Statistics => _disk.Statistics;

    /// <summary>Whether the guest's writes may end before they are on stable storage: what its driver chose.</summary>
    public bool IsWriteBack => _disk.IsWriteBack;

    /// <summary>How much it may do in a second; changed at any time, also while requests wait for it.</summary>
    /// <exception cref="ArgumentException">A limit is not positive.</exception>
    public RateLimits Limits
    {
        get => _disk.Limiter.Limits;
        set
        {
            _disk.Limiter.Limits = value;
            lock (_gate)
            {
                foreach (BlockQueue? queue in _queues) queue?.Wake();
            }
        }
    }

    /// <summary>Tells the guest the backend's new size.</summary>
    /// <exception cref="IOException">The backend does not know it.</exception>
    public void Resize()
    {
        if (_disk.Transport is { } transport) transport.ChangeConfig(SetCapacity);
        else SetCapacity();
    }

    /// <inheritdoc/>
    public void Attach(IVirtioTransport transport) => _disk.Transport = transport;

    /// <inheritdoc/>
    public void ReadConfig(int offset, Span<byte> data) => _config.Read(offset, data, _disk.IsWriteBack);

    /// <inheritdoc/>
    public void WriteConfig(int offset, ReadOnlySpan<byte> data)
    {
        // A disk that promises write-through stays so: the driver reads back what became of its wish. One that has not agreed on the field cannot write it.
        if (Volatile.Read(ref _context) is { } agreed && !agreed.Has(BlockFeature.ConfigWriteCache)) return;
        if (BlockConfig.WrittenWriteBack(offset, data) is { } writeBack) _disk.IsWriteBack = writeBack && _options.WriteBack;
    }

    /// <inheritdoc/>
    public void Activate(VirtioContext context)
    {
        lock (_gate)
        {
            // A driver that cannot flush gets no cache [virtio-1.2 §5.2.5.2].
            if (!context.Has(BlockFeature.Flush)) _disk.IsWriteBack = false;
            _disk.Mend();
            _context = context;
            _rules = new BlockRules(context.Features, _disk.IsReadOnly, _options.MaxSegments, _options.MaxSegmentSize);
            _workers = new BlockWorkers($"kvm-{context.Host.MachineName}-{Name}-w", _options.MaxWorkers);
            foreach (Queue queue in context.Queues)
                if (queue.IsReady) BeginUnsynchronized(queue);
        }
    }

    /// <inheritdoc/>
    public void EnableQueue(Queue queue)
    {
        lock (_gate) BeginUnsynchronized(queue);
    }

    /// <inheritdoc/>
    public void ResetQueue(int index)
    {
        lock (_gate) EndUnsynchronized(index);
    }

    /// <inheritdoc/>
    public void Reset()
    {
        lock (_gate)
        {
            for (int i = 0; i < _queues.Length; i++) EndUnsynchronized(i);
            _workers?.Dispose();
            (_context, _rules, _workers) = (null, null, null);
            _disk.IsWriteBack = _options.WriteBack; // what one driver chose is not the next one's wish
        }
    }

    /// <inheritdoc/>
    public void Quiesce(CancellationToken cancellation)
    {
        lock (_gate)
        {
            foreach (BlockQueue? queue in _queues) queue?.Quiesce(); // first, so that the workers get nothing more
            _workers?.WaitUntilIdle(cancellation);
        }
    }

    /// <inheritdoc/>
    public void Resume()
    {
        lock (_gate)
        {
            foreach (BlockQueue? queue in _queues) queue?.Resume();
        }
    }

    /// <inheritdoc/>
    public void Dispose() => Reset();

    private void BeginUnsynchronized(Queue queue)
    {
        if (_context is null || _queues[queue.Index] is not null) return;
        if (queue.Index > 0 && !_context.Has(BlockFeature.MultiQueue)) return; // there is none, for this driver
        _queues[queue.Index] = new BlockQueue(queue, _context, _disk, _rules!, _workers!, VirtioQueueThread.NameOf(_context, this, queue.Index));
    }

    private void EndUnsynchronized(int index)
    {
        _queues[index]?.Dispose();
        _queues[index] = null;
    }

    private void SetCapacity()
    {
        ulong sectors = (ulong)_backend.Length / BlockRules.SectorSize;
        _disk.Capacity = sectors;
        _config.SetCapacity(sectors);
    }
}
