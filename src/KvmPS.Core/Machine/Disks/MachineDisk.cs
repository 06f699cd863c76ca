using KvmPS.Core.Block;
using KvmPS.Core.Block.Files;
using KvmPS.Core.Devices.Virtio.Block;

namespace KvmPS.Core.Machine;

/// <summary>One disk of a machine: its image, open while the machine is on, and the device of the present run. Getters are for any thread.</summary>
/// <remarks>LOCK ORDER: the machine's lock for actions, <see cref="_merging"/>, <see cref="_gate"/>, which is a leaf.</remarks>
public sealed class MachineDisk
{
    private const int MostErrors = 20;

    private readonly MachineConfig _machine;
    private readonly MachineNotices _notices;
    private readonly Lock _merging = new(); // whoever closes the image waits for a merge
    private readonly object _gate = new(); // _errors, _errorCount
    private readonly Queue<DiskError> _errors = new();
    private long _errorCount;
    private volatile OpenedDisk? _opened; // changed under the machine's lock for actions, or by its last thread
    private volatile OpenedDisk? _last;
    private volatile VirtioBlock? _device;

    internal MachineDisk(MachineConfig machine, DiskConfig config, MachineNotices notices) => (_machine, Config, _notices) = (machine, config, notices);

    /// <summary>What it is made from.</summary>
    public DiskConfig Config { get; }

    /// <summary>Whether the image is open, which it is from power-on to power-off.</summary>
    public bool IsOpen => _opened is not null;

    /// <summary>The image as it was opened last: what it was found to be. Null before the first time.</summary>
    public OpenedDisk? Image => _last;

    /// <summary>What the guest sees of the image as it was opened last, in bytes; null before the first time.</summary>
    public long? Length { get; private set; }

    /// <summary>What the disk has done in the present or last run; null before the first.</summary>
    public DiskStatistics? Statistics => _device?.Statistics;

    /// <summary>How many queues its guest is offered.</summary>
    public int QueueCount => Config.QueueCount != 0 ? Config.QueueCount : Math.Min(_machine.VcpuCount, VirtioBlockOptions.MostQueues);

    /// <summary>How many requests have failed on the host since the machine was started.</summary>
    public long ErrorCount
    {
        get { lock (_gate) return _errorCount; }
    }

    /// <summary>The newest of them, oldest first.</summary>
    public IReadOnlyList<DiskError> Errors
    {
        get { lock (_gate) return [.. _errors]; }
    }

    /// <summary>Opens and locks the image. False when it is open.</summary>
    /// <exception cref="IOException">It cannot be opened, is in use, or is none.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be opened.</exception>
    internal bool TryOpen()
    {
        if (_opened is not null) return false;
        var options = new DiskOpenOptions
        {
            Format = Config.Format,
            ReadOnly = Config.ReadOnly,
            // The device writes through by itself: then the guest knows, and does not flush what needs no flush.
            CacheMode = Config.CacheMode == DiskCacheMode.WriteThrough ? DiskCacheMode.WriteBack : Config.CacheMode,
            Ephemeral = Config.Ephemeral,
        };
        OpenedDisk opened = Config.MemorySize is { } size ? OpenedDisk.InMemory(size) : DiskImages.Open(Config.Path, options);
        try
        {
            if (!Config.ReadOnly && !Config.Ephemeral) NoteBitmaps(opened);
        }
        catch
        {
            opened.Dispose();
            throw;
        }

        _opened = _last = opened;
        Length = opened.Backend.Length;
        foreach (DiskLayer layer in opened.Chain.Where(static layer => !layer.IsLocked))
            _notices.Add($"The file system of '{layer.Path}' keeps no locks: take care that nobody else writes the image of disk '{Config.Name}' of machine '{_machine.Name}'.");
        return true;
    }

    /// <summary>Writes what the disk holds in memory into its image. The machine is paused. False when the image is not open.</summary>
    /// <exception cref="InvalidOperationException">The disk is not ephemeral.</exception>
    /// <exception cref="IOException">The image is in use, or it or the host refuses.</exception>
    internal bool TryMerge(Action<long, long>? progress, CancellationToken cancellation)
    {
        lock (_merging)
        {
            if (_opened is not { } opened) return false;
            NoteBitmaps(opened);
            opened.MergeLayer(progress, cancellation);
            return true;
        }
    }

    /// <summary>Flushes the image and closes it. What can no longer be written is noticed: the guest has flushed what it cares for.</summary>
    internal void Close()
    {
        lock (_merging) CloseUnsynchronized();
    }

    /// <summary>The device for a run; the image is open.</summary>
    internal VirtioBlock CreateDevice()
    {
        var options = new VirtioBlockOptions
        {
            Name = Config.Name,
            Serial = Config.SerialNumber,
            QueueCount = QueueCount,
            ReadOnly = Config.ReadOnly,
            WriteBack = Config.CacheMode != DiskCacheMode.WriteThrough,
            Limits = new RateLimits { Iops = Limit(Config.MaximumIops), BytesPerSecond = Limit(Config.MaximumBytesPerSecond) },
        };
        var device = new VirtioBlock(options, _opened!.Backend, TimeProvider.System);
        device.ErrorOccurred += (_, error) => Note(error);
        _device = device;
        return device;
    }

    private void CloseUnsynchronized()
    {
        if (_opened is not { } opened) return;
        _opened = null;
        try
        {
            using (opened)
            {
                if (!opened.Backend.IsReadOnly) opened.Backend.Flush();
            }
        }
        catch (Exception failure)
        {
            // Also on a vCPU's thread, where it would end the process; whoever uses the machine is told instead.
            _notices.Add($"Disk '{Config.Name}' of machine '{_machine.Name}' was not closed whole: {failure.Message}");
        }
    }

    private void NoteBitmaps(OpenedDisk opened)
    {
        if (BitmapLosses.Of(opened.Chain[0]) is { } loss) _notices.Add(loss);
    }

    private static long? Limit(long value) => value == 0 ? null : value;

    /// <summary>Keeps an error, and tells users of it without the place, so that a full disk is told of once.</summary>
    private void Note(DiskError error)
    {
        lock (_gate)
        {
            _errorCount++;
            if (_errors.Count == MostErrors) _errors.Dequeue();
            _errors.Enqueue(error);
        }

        _notices.Add($"Disk '{Config.Name}' of machine '{_machine.Name}' gave its guest an I/O error ({error.Operation}): {error.Exception.Message}");
    }
}
