using System.Buffers.Binary;
using KvmPS.Native;

namespace KvmPS.Core.Devices.Virtio;

/// <summary>
/// Virtio over MMIO, version 2 [virtio-1.2 §4.2]: the registers through which a driver finds a device, agrees with it on features, sets up its queues and
/// rings for it. Whatever the guest writes, in whatever order, there is no exception: what a driver may not do now is ignored, and what leaves
/// the device without sense sets DEVICE_NEEDS_RESET.
/// </summary>
/// <remarks>
/// <para>
/// Registers are read and written by 4 bytes at a multiple of 4, as drivers must [virtio-1.2 §4.2.2.2]; any other access to them reads 0 and writes
/// nothing. The configuration space takes every width at every offset.
/// </para>
/// <para>
/// A reset, and that of a queue, waits until the device has let go of the guest's memory, which lasts as long as a request on the host does: Linux does
/// not wait for the status to read 0, and would give the memory to others.
/// </para>
/// LOCK ORDER: <see cref="_lock"/>, then those of the device and its threads, then that of a <see cref="Queue"/> or of the <see cref="VirtioInterrupt"/>.
/// Threads of the device never take <see cref="_lock"/>, since a reset waits for them under it. <see cref="_configLock"/> comes before the device's, and
/// nothing of the transport is taken under it.
/// </remarks>
public sealed partial class MmioTransport : IBusDevice, IVirtioTransport, IDisposable
{
    /// <summary>How many addresses it answers: a page, so that a guest can map a device alone.</summary>
    public const int Length = 0x1000;

    private const uint MagicValue = 0x7472_6976; // "virt", little-endian
    private const uint VersionValue = 2; // 1 is the legacy interface
    private const uint VendorValue = 0x5350_564B; // "KVPS": nobody keeps a list of them for MMIO

    private readonly Lock _lock = new();
    private readonly Lock _configLock = new();
    private readonly IVirtioDevice _device;
    private readonly IVirtioHost _host;
    private readonly GuestMemory _memory;
    private readonly VirtioInterrupt _interrupt;
    private readonly Queue[] _queues;
    private uint _status; // DeviceStatus; bits are set by any thread and cleared under _lock
    private ulong _driverFeatures; // guarded by _lock, as all that follows
    private uint _deviceFeaturesSel;
    private uint _driverFeaturesSel;
    private uint _queueSel;
    private bool _isDisposed;
    private uint _configGeneration; // guarded by _configLock

    /// <summary>Puts a device behind registers.</summary>
    /// <param name="device">The device; disposed with the transport.</param>
    /// <param name="memory">The guest's RAM.</param>
    /// <param name="line">The device's interrupt, edge-triggered.</param>
    /// <param name="host">The machine.</param>
    public MmioTransport(IVirtioDevice device, GuestMemory memory, IInterruptLine line, IVirtioHost host)
    {
        ArgumentNullException.ThrowIfNull(device);
        ArgumentNullException.ThrowIfNull(host);
        (_device, _memory, _host) = (device, memory, host);
        _interrupt = new VirtioInterrupt(line, host.ConnectAcknowledgements());
        _queues = [.. device.QueueSizes.Select((size, index) => new Queue(index, size, memory, this, _interrupt, host.ConnectDoorbell(index)))];
        device.Attach(this);
    }

    /// <inheritdoc/>
    public string Name => _device.Name;

    /// <summary>The device behind it.</summary>
    public IVirtioDevice Device => _device;

    /// <summary>How far the driver is.</summary>
    public DeviceStatus Status => (DeviceStatus)Volatile.Read(ref _status);

    /// <summary>The features that the driver has taken; final once <see cref="DeviceStatus.FeaturesOk"/> is set.</summary>
    public ulong DriverFeatures
    {
        get
        {
            lock (_lock) return _driverFeatures;
        }
    }

    private ulong OfferedFeatures => _device.Features | VirtioFeature.OfTransport;

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        data.Clear();
        if (offset >= MmioRegister.Config)
        {
            lock (_configLock) _device.ReadConfig((int)(offset - MmioRegister.Config), data);
        }
        else if (IsRegister(offset, data.Length))
        {
            BinaryPrimitives.WriteUInt32LittleEndian(data, ReadRegister((uint)offset));
        }
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (offset >= MmioRegister.Config)
        {
            lock (_configLock) _device.WriteConfig((int)(offset - MmioRegister.Config), data);
        }
        else if (IsRegister(offset, data.Length))
        {
            WriteRegister((uint)offset, BinaryPrimitives.ReadUInt32LittleEndian(data));
        }
    }

    /// <inheritdoc/>
    public void ChangeConfig(Action change)
    {
        ArgumentNullException.ThrowIfNull(change);
        lock (_configLock)
        {
            change();
            _configGeneration++;
        }

        if (Is(DeviceStatus.DriverOk)) _interrupt.Raise(VirtioInterrupt.ConfigurationChange);
    }

    /// <summary>The machine has ended: ends the device's work for good. The registers still answer.</summary>
    public void Dispose()
    {
        lock (_lock)
        {
            if (_isDisposed) return;
            _isDisposed = true;
            ResetUnsynchronized();
        }

        _device.Dispose();
    }

    private bool Is(DeviceStatus bit) => (Status & bit) != 0;

    private static bool IsRegister(ulong offset, int width) => width == sizeof(uint) && offset % sizeof(uint) == 0;

    private uint ReadRegister(uint register)
    {
        switch (register)
        {
            case MmioRegister.Magic: return MagicValue;
            case MmioRegister.Version: return VersionValue;
            case MmioRegister.DeviceId: return _device.DeviceId;
            case MmioRegister.VendorId: return VendorValue;
            case MmioRegister.InterruptStatus: return _interrupt.Read();
            case MmioRegister.Status: return (uint)Status;
            case >= MmioRegister.ShmLenLow and <= MmioRegister.ShmBaseHigh: return uint.MaxValue; // no such region [virtio-1.2 §4.2.2.1]
            case MmioRegister.ConfigGeneration:
                lock (_configLock) return _configGeneration;
        }

        lock (_lock)
        {
            return register switch
            {
                MmioRegister.DeviceFeatures => Half(OfferedFeatures, _deviceFeaturesSel),
                MmioRegister.QueueSizeMax => SelectedQueue?.MaxSize ?? 0u,
                MmioRegister.QueueReady => SelectedQueue?.IsReady == true ? 1u : 0u,
                _ => 0, // QueueReset, too: when the write that starts it is over, so is the reset
            };
        }
    }

    private void WriteRegister(uint register, uint value)
    {
        switch (register)
        {
            case MmioRegister.QueueNotify:
                Notify(value);
                return;
            case MmioRegister.InterruptAck:
                _interrupt.Acknowledge(value);
                return;
        }

        lock (_lock)
        {
            switch (register)
            {
                case MmioRegister.DeviceFeaturesSel:
                    _deviceFeaturesSel = value;
                    break;
                case MmioRegister.DriverFeaturesSel:
                    _driverFeaturesSel = value;
                    break;
                case MmioRegister.DriverFeatures:
                    WriteDriverFeatures(value);
                    break;
                case MmioRegister.QueueSel:
                    _queueSel = value;
                    break;
                case MmioRegister.Status:
                    WriteStatus((DeviceStatus)value);
                    break;
                default:
                    WriteQueueRegister(register, value);
                    break;
            }
        }
    }

    private static uint Half(ulong features, uint selector) => selector switch
    {
        0 => (uint)features,
        1 => (uint)(features >> 32),
        _ => 0,
    };
}
