using KvmPS.Core.Devices;
using KvmPS.Core.Devices.Virtio;
using KvmPS.Native;

namespace KvmPS.Stress.Virtio;

/// <summary>A machine of one virtio device, without KVM: RAM with a hole in it, registers, and notes of what the device did.</summary>
internal sealed class VirtioRoom : IVirtioHost, IInterruptLine, IDisposable
{
    /// <summary>The RAM below the hole, in bytes.</summary>
    public const ulong LowBytes = 1 << 20;

    /// <summary>Where the RAM goes on.</summary>
    public const ulong HighStart = 0x1_0000_0000;

    private readonly EventFd[] _bells;
    private readonly EventFd? _acknowledgements;
    private int _edges;
    private bool _level;

    /// <summary>A machine with a device.</summary>
    /// <param name="device">The device.</param>
    /// <param name="countsAcknowledgements">Whether the guest's acknowledgements of used buffers are counted, as KVM can, and do not come to the registers.</param>
    public VirtioRoom(IVirtioDevice device, bool countsAcknowledgements = false)
    {
        Memory = GuestMemory.Allocate(2 * LowBytes, new GuestAddress(LowBytes), new GuestAddress(HighStart));
        _bells = [.. device.QueueSizes.Select(static _ => new EventFd())];
        _acknowledgements = countsAcknowledgements ? new EventFd() : null;
        Transport = new MmioTransport(device, Memory, this, this);
        Driver = new MmioDriver(Transport);
    }

    /// <summary>The RAM.</summary>
    public GuestMemory Memory { get; }

    /// <summary>The registers.</summary>
    public MmioTransport Transport { get; }

    /// <summary>The guest's driver.</summary>
    public MmioDriver Driver { get; }

    /// <summary>How often the guest was interrupted.</summary>
    public int Edges => Volatile.Read(ref _edges);

    /// <summary>Set for each interrupt.</summary>
    public AutoResetEvent Interrupted { get; } = new(initialState: false);

    /// <summary>What the driver did wrong.</summary>
    public List<string> DriverFaults { get; } = [];

    /// <summary>What the device did wrong.</summary>
    public List<Exception> Failures { get; } = [];

    /// <inheritdoc/>
    public string MachineName => "room";

    /// <inheritdoc/>
    public EventFd ConnectDoorbell(int queue) => _bells[queue];

    /// <inheritdoc/>
    public EventFd? ConnectAcknowledgements() => _acknowledgements;

    /// <inheritdoc/>
    public void ReportDriverFault(string device, string reason)
    {
        lock (DriverFaults) DriverFaults.Add(reason);
    }

    /// <inheritdoc/>
    public void ReportFailure(string device, Exception failure)
    {
        lock (Failures) Failures.Add(failure);
    }

    /// <inheritdoc/>
    public void Set(bool asserted)
    {
        if (asserted && !_level)
        {
            Interlocked.Increment(ref _edges);
            Interrupted.Set();
        }

        _level = asserted;
    }

    /// <summary>What KVM does with the guest's acknowledgement of used buffers, when it counts them.</summary>
    public void CountAcknowledgement() => _acknowledgements!.Signal();

    /// <inheritdoc/>
    public void Dispose()
    {
        Transport.Dispose();
        foreach (EventFd bell in _bells) bell.Dispose();
        _acknowledgements?.Dispose();
        Interrupted.Dispose();
        Memory.Dispose();
    }
}
