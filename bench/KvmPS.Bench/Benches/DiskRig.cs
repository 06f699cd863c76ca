using System.Diagnostics;
using KvmPS.Bench.Measuring;
using KvmPS.Core.Block;
using KvmPS.Core.Devices;
using KvmPS.Core.Devices.Virtio;
using KvmPS.Core.Devices.Virtio.Block;
using KvmPS.Native;
using KvmPS.Stress.Virtio;

namespace KvmPS.Bench.Benches;

/// <summary>A machine of RAM and one disk, without a guest: this thread is the driver of all its queues.</summary>
internal sealed class DiskRig : IVirtioHost, IInterruptLine, IDisposable
{
    private const ushort Entries = 128; // three a request, at depth 32
    private const ulong QueueBytes = 0x4000;
    private const ulong HeadersAt = 0x100000;
    private const ulong BuffersAt = 0x200000;
    private const int BuffersOfRequest = 3;
    private const int Sector = 512;

    private static readonly long PollTicks = Stopwatch.Frequency / 20_000; // 50 us

    private readonly DiskLoad _load;
    private readonly IBlockBackend _image;
    private readonly VirtioBlock _disk;
    private readonly GuestMemory _memory;
    private readonly GuestMemory _driverMemory; // the same: a guest does not share the count of its users with the device
    private readonly MmioTransport _transport;
    private readonly MmioDriver _driver;
    private readonly EventFd[] _bells;
    private readonly EventFd _interrupt = new();
    private readonly RigQueue[] _queues;
    private readonly Random _random = new(1);
    private readonly long _places;
    private long _place;

    /// <summary>Starts a disk over an image, which it takes over.</summary>
    public DiskRig(IBlockBackend image, DiskLoad load)
    {
        _load = load;
        _image = image;
        IsCrowded = load.Queues >= Environment.ProcessorCount;
        _places = _image.Length / load.Bytes;
        _disk = new VirtioBlock(new VirtioBlockOptions { QueueCount = load.Queues, QueueSize = Entries }, _image, TimeProvider.System);
        ulong bytes = BuffersAt + ((ulong)load.Queues * (ulong)load.Buffers * (ulong)load.Bytes);
        _memory = GuestMemory.Allocate(bytes, new GuestAddress(0xC000_0000), new GuestAddress(0x1_0000_0000), new GuestMemoryOptions { HugePages = true, Prefault = true });
        _driverMemory = _memory.Share();
        _bells = [.. _disk.QueueSizes.Select(static _ => new EventFd())];
        _transport = new MmioTransport(_disk, _memory, this, this);
        _driver = new MmioDriver(_transport);
        if (!_driver.Negotiate(_driver.Offered)) throw new BenchNotPossibleException("the disk refuses its own features.");
        _queues = [.. Enumerable.Range(0, load.Queues).Select(Queue)];
        Placement.Elsewhere(!IsCrowded, () => _driver.Start());
    }

    /// <summary>Opens a raw image in a file.</summary>
    public static RawImage Raw(string path) => new(new HostImageFile(DiskFile.Open(path, DiskFileModes.Write)), readOnly: false);

    /// <inheritdoc/>
    public string MachineName => "bench";

    /// <inheritdoc/>
    public EventFd ConnectDoorbell(int queue) => _bells[queue];

    /// <inheritdoc/>
    public EventFd? ConnectAcknowledgements() => null;

    /// <inheritdoc/>
    public void ReportDriverFault(string device, string reason) => throw new InvalidOperationException(reason);

    /// <inheritdoc/>
    public void ReportFailure(string device, Exception failure) => throw new InvalidOperationException("The disk failed.", failure);

    /// <inheritdoc/>
    public void Set(bool asserted)
    {
        if (asserted) _interrupt.Signal(); // what an irqfd costs
    }

    /// <summary>Whether there are more busy threads than CPUs: the queues' and the guest's side.</summary>
    public bool IsCrowded { get; }

    /// <summary>What the disk counted of a load's requests.</summary>
    public OperationStatistics Statistics(DiskLoad load) => load.IsWrite ? _disk.Statistics.Writes : _disk.Statistics.Reads;

    /// <summary>Keeps all queues full for a while.</summary>
    public DiskRun Run(TimeSpan time) => Placement.Here(!IsCrowded, () => KeepFull(time));

    private DiskRun KeepFull(TimeSpan time)
    {
        DiskStatistics before = _disk.Statistics;
        long allocated = GC.GetTotalAllocatedBytes(precise: true);
        long start = Stopwatch.GetTimestamp();
        long end = start + (long)(time.TotalSeconds * Stopwatch.Frequency);
        foreach (RigQueue queue in _queues)
        {
            for (int slot = 0; slot < _load.Depth; slot++) Offer(queue, (ushort)(slot * BuffersOfRequest));
            Publish(queue);
        }

        int left = _queues.Length * _load.Depth;
        bool more = true;
        while (left > 0)
        {
            int taken = 0;
            foreach (RigQueue queue in _queues) taken += Take(queue, more);
            if (!more) left -= taken;
            if (taken == 0) Sleep();
            else if (more && Stopwatch.GetTimestamp() >= end) more = false;
        }

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        allocated = GC.GetTotalAllocatedBytes(precise: true) - allocated;
        DiskStatistics after = _disk.Statistics;
        if (after.Errors > 0) throw new BenchNotPossibleException($"{after.Errors} requests failed.");
        return new DiskRun(after.Requests - before.Requests, seconds, after.Interrupts - before.Interrupts, after.Doorbells - before.Doorbells, allocated);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _transport.Dispose();
        foreach (EventFd bell in _bells) bell.Dispose();
        _interrupt.Dispose();
        _driverMemory.Dispose();
        _memory.Dispose();
        _image.Dispose();
    }

    /// <summary>A queue with all its requests described once: header, data, status.</summary>
    private RigQueue Queue(int index)
    {
        var ring = new DriverQueue(_driverMemory, Entries, QueueBytes * (ulong)index, eventIndex: true);
        ulong headers = HeadersAt + ((ulong)index * 0x10000);
        for (int slot = 0; slot < _load.Depth; slot++)
        {
            ushort head = (ushort)(slot * BuffersOfRequest);
            ulong header = headers + ((ulong)slot * 64);
            ulong data = BuffersAt + ((ulong)((index * _load.Buffers) + (slot % _load.Buffers)) * (ulong)_load.Bytes);
            const ushort next = 1, write = 2;
            ring.WriteDescriptor(head, header, 16, next, (ushort)(head + 1));
            ring.WriteDescriptor((ushort)(head + 1), data, (uint)_load.Bytes, (ushort)(next | (_load.IsWrite ? 0 : write)), (ushort)(head + 2));
            ring.WriteDescriptor((ushort)(head + 2), header + 32, 1, write, 0);
            _driverMemory.Write(new GuestAddress(header), _load.IsWrite ? 1u : 0u);
        }

        if (!_driver.SetUp((uint)index, ring)) throw new BenchNotPossibleException("the disk refuses a queue.");
        return new RigQueue(index, ring, headers);
    }

    private void Offer(RigQueue queue, ushort head)
    {
        long place = _load.IsRandom ? _random.NextInt64(_places) : _place++ % _places;
        _driverMemory.Write(new GuestAddress(queue.Headers + ((ulong)(head / BuffersOfRequest) * 64) + 8), place * (_load.Bytes / Sector));
        queue.Ring.Offer(head);
    }

    private void Publish(RigQueue queue)
    {
        if (queue.Ring.Publish()) _bells[queue.Index].Signal(); // what an ioeventfd costs, but for the way out of the guest
    }

    /// <summary>Takes all that has ended, and sends as many again.</summary>
    private int Take(RigQueue queue, bool more)
    {
        DriverQueue ring = queue.Ring;
        ushort used = ring.UsedIndex;
        int count = (ushort)(used - queue.Taken);
        for (; queue.Taken != used; queue.Taken++)
        {
            uint head = _driverMemory.Read<uint>(new GuestAddress(ring.Used + 4 + (8ul * (ushort)(queue.Taken % ring.Size))));
            if (more) Offer(queue, (ushort)head);
        }

        if (more && count > 0) Publish(queue);
        return count;
    }

    /// <summary>Waits for an interrupt, unless something has ended meanwhile.</summary>
    private void Sleep()
    {
        if (_load.DriverPolls && HasSoonEnded()) return;
        foreach (RigQueue queue in _queues) queue.Ring.WaitFor(queue.Taken);
        Interlocked.MemoryBarrier();
        foreach (RigQueue queue in _queues)
            if (queue.Ring.UsedIndex != queue.Taken) return;
        _interrupt.Wait(Timeout.InfiniteTimeSpan);
        _interrupt.TryTake();
        _driver.TakeInterrupt();
    }

    /// <summary>Whether something ends while this thread looks, giving way now and then where a queue's thread may need this one's CPU.</summary>
    private bool HasSoonEnded()
    {
        long start = Stopwatch.GetTimestamp();
        for (int looks = 1; Stopwatch.GetTimestamp() - start < PollTicks; looks++)
        {
            foreach (RigQueue queue in _queues)
                if (queue.Ring.UsedIndex != queue.Taken) return true;
            if (IsCrowded) Thread.Yield();
            else Thread.SpinWait(8);
        }

        return false;
    }

    /// <summary>One queue as the driver sees it.</summary>
    private sealed class RigQueue(int index, DriverQueue ring, ulong headers)
    {
        public int Index => index;

        public DriverQueue Ring => ring;

        public ulong Headers => headers;

        public ushort Taken { get; set; }
    }
}
