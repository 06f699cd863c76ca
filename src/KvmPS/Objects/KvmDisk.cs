using KvmPS.Core.Block;
using KvmPS.Core.Devices.Virtio.Block;
using KvmPS.Core.Machine;

namespace KvmPS;

/// <summary>A disk of a machine, live: every property tells what is so now. Getters never throw and never wait.</summary>
public sealed class KvmDisk
{
    private readonly KvmVM _vm;
    private volatile MachineDisk _known; // as it was found last

    private KvmDisk(KvmVM vm, MachineDisk disk, int index) => (_vm, _known, Index) = (vm, disk, index);

    /// <summary>The machine's name.</summary>
    public string VMName => _vm.Name;

    /// <summary>Its name in the machine.</summary>
    public string Name => Disk.Config.Name;

    /// <summary>Its place among the machine's disks, from 0: Linux calls the first one vda.</summary>
    public int Index { get; }

    /// <summary>The image; null for a disk in memory.</summary>
    public string? Path => Disk.Config.MemorySize is null ? Disk.Config.Path : null;

    /// <summary>What kind of image it is; null while nobody has said or seen it.</summary>
    public DiskImageFormat? Format => Disk.Image?.Format ?? Disk.Config.Format;

    /// <summary>What the guest sees of it, in bytes; null before the machine's first start.</summary>
    public long? SizeBytes => Disk.Length ?? Disk.Config.MemorySize;

    /// <summary>Whether the guest may not write.</summary>
    public bool ReadOnly => Disk.Config.ReadOnly;

    /// <summary>Whether what the guest writes is kept in memory, and forgotten at power-off.</summary>
    public bool Ephemeral => Disk.Config.Ephemeral;

    /// <summary>When a write of the guest is on the disk.</summary>
    public DiskCacheMode CacheMode => Disk.Config.CacheMode;

    /// <summary>How it takes writes, in one word: Memory, Ephemeral, ReadOnly, or the cache mode.</summary>
    public string Mode => Disk.Config.MemorySize is not null ? "Memory" : Ephemeral ? nameof(Ephemeral) : ReadOnly ? nameof(ReadOnly) : CacheMode.ToString();

    /// <summary>The serial number that the guest reads.</summary>
    public string SerialNumber => Disk.Config.SerialNumber;

    /// <summary>How many queues the guest is offered.</summary>
    public int QueueCount => Disk.QueueCount;

    /// <summary>Requests a second at most; 0 for any number.</summary>
    public long MaximumIops => Disk.Config.MaximumIops;

    /// <summary>Bytes a second at most; 0 for any number.</summary>
    public long MaximumBytesPerSecond => Disk.Config.MaximumBytesPerSecond;

    /// <summary>Whether the image is open and locked, which it is while the machine is on.</summary>
    public bool IsOpen => Disk.IsOpen;

    /// <summary>Reads that have ended, in the present or last run; so for all counts.</summary>
    public long Reads => Statistics?.Reads.Count ?? 0;

    /// <summary>Writes that have ended.</summary>
    public long Writes => Statistics?.Writes.Count ?? 0;

    /// <summary>Flushes that have ended.</summary>
    public long Flushes => Statistics?.Flushes.Count ?? 0;

    /// <summary>Ranges that the guest gave up.</summary>
    public long Discards => Statistics?.Discards.Count ?? 0;

    /// <summary>Bytes read.</summary>
    public long BytesRead => Statistics?.Reads.Bytes ?? 0;

    /// <summary>Bytes written.</summary>
    public long BytesWritten => Statistics?.Writes.Bytes ?? 0;

    /// <summary>Requests that the disk has taken and not ended.</summary>
    public long InFlight => Statistics?.InFlight ?? 0;

    /// <summary>How often the guest rang for requests; one ring may stand for many.</summary>
    public long Doorbells => Statistics?.Doorbells ?? 0;

    /// <summary>How often the guest was interrupted; one interrupt may stand for many requests.</summary>
    public long Interrupts => Statistics?.Interrupts ?? 0;

    /// <summary>How long reads took.</summary>
    public KvmDiskLatency ReadLatency => new(Statistics?.Reads);

    /// <summary>How long writes took.</summary>
    public KvmDiskLatency WriteLatency => new(Statistics?.Writes);

    /// <summary>Requests that failed on the host since the machine was started; the guest got an I/O error for each.</summary>
    public long ErrorCount => Disk.ErrorCount;

    /// <summary>The newest of their messages, oldest first.</summary>
    public string[] Errors => [.. Disk.Errors.Select(static error => $"{error.Operation} of {error.Length} bytes at {error.Offset}: {error.Exception.Message}")];

    /// <summary>The disk in the machine's present life, since each start makes its disks anew; one that was taken from its machine stays what it was found to be.</summary>
    private MachineDisk Disk => _known = _vm.Machine.Disks.FirstOrDefault(disk => DiskNames.AreSame(disk.Config.Name, _known.Config.Name)) ?? _known;

    private DiskStatistics? Statistics => Disk.Statistics;

    /// <summary>The disks of a machine, in their order.</summary>
    internal static KvmDisk[] Of(KvmVM vm) => [.. vm.Machine.Disks.Select((disk, index) => new KvmDisk(vm, disk, index))];

    /// <summary>The machine's name and its own.</summary>
    public override string ToString() => $"{VMName}/{Name}";
}
