using System.Collections.Immutable;

namespace KvmPS.Core.Devices.Virtio;

/// <summary>What outlives the machine: capture and restore.</summary>
public sealed partial class MmioTransport
{
    /// <summary>
    /// A copy of all that registers and queues remember. The vCPUs stand still, and the device has been quiesced with no request in flight: one that was taken
    /// and not given back would never be.
    /// </summary>
    public MmioTransportState Capture()
    {
        lock (_lock)
        {
            return new MmioTransportState
            {
                Status = Status,
                DriverFeatures = _driverFeatures,
                DeviceFeaturesSel = _deviceFeaturesSel,
                DriverFeaturesSel = _driverFeaturesSel,
                QueueSel = _queueSel,
                InterruptStatus = _interrupt.Read(),
                ConfigGeneration = ReadRegister(MmioRegister.ConfigGeneration),
                Queues = [.. _queues.Select(static queue => queue.Capture())],
            };
        }
    }

    /// <summary>Puts a captured state back, and activates the device if it was active. Its own state has been restored before.</summary>
    /// <exception cref="ArgumentException">The state is not one of this device on this memory; the device is reset.</exception>
    public void Restore(MmioTransportState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        lock (_lock)
        {
            ResetUnsynchronized();
            try
            {
                RestoreUnsynchronized(state);
            }
            catch (ArgumentException)
            {
                ResetUnsynchronized();
                throw;
            }

            if ((Status & (DeviceStatus.DriverOk | DeviceStatus.NeedsReset)) == DeviceStatus.DriverOk) Activate();
        }
    }

    /// <summary>FILE-CONTROLLED: nothing in a state may break an invariant.</summary>
    private void RestoreUnsynchronized(MmioTransportState state)
    {
        if (!StatusTransitions.IsReachable(state.Status)) throw new ArgumentException($"{Name}: no driver reaches the device status {state.Status}.", nameof(state));
        bool isAgreed = (state.Status & DeviceStatus.FeaturesOk) != 0;
        if (isAgreed && !AreAcceptable(state.DriverFeatures)) throw new ArgumentException($"{Name}: the driver's features are not those that are offered.", nameof(state));
        if (state.Queues.Length != _queues.Length) throw new ArgumentException($"{Name}: the state has {state.Queues.Length} queues, the device {_queues.Length}.", nameof(state));
        if (!isAgreed && state.Queues.Any(static queue => queue.IsReady)) throw new ArgumentException($"{Name}: a queue is ready before its features are.", nameof(state));

        _driverFeatures = state.DriverFeatures;
        (_deviceFeaturesSel, _driverFeaturesSel, _queueSel) = (state.DeviceFeaturesSel, state.DriverFeaturesSel, state.QueueSel);
        foreach ((Queue queue, QueueState queueState) in _queues.Zip(state.Queues)) queue.Restore(queueState, _driverFeatures);
        _interrupt.Restore(state.InterruptStatus);
        lock (_configLock) _configGeneration = state.ConfigGeneration;
        Volatile.Write(ref _status, (uint)state.Status);
    }
}

/// <summary>All that an <see cref="MmioTransport"/> remembers, under the names of the registers [virtio-1.2 §4.2.2].</summary>
public sealed record MmioTransportState
{
    /// <summary>Status.</summary>
    public DeviceStatus Status { get; init; }

    /// <summary>Both halves of DriverFeatures.</summary>
    public ulong DriverFeatures { get; init; }

    /// <summary>DeviceFeaturesSel.</summary>
    public uint DeviceFeaturesSel { get; init; }

    /// <summary>DriverFeaturesSel.</summary>
    public uint DriverFeaturesSel { get; init; }

    /// <summary>QueueSel.</summary>
    public uint QueueSel { get; init; }

    /// <summary>InterruptStatus.</summary>
    public uint InterruptStatus { get; init; }

    /// <summary>ConfigGeneration.</summary>
    public uint ConfigGeneration { get; init; }

    /// <summary>The queues, by number.</summary>
    public ImmutableArray<QueueState> Queues { get; init; } = [];

    /// <summary>Compares by value, the queues included.</summary>
    public bool Equals(MmioTransportState? other) =>
        other is not null
        && (Status, DriverFeatures, InterruptStatus, ConfigGeneration) == (other.Status, other.DriverFeatures, other.InterruptStatus, other.ConfigGeneration)
        && (DeviceFeaturesSel, DriverFeaturesSel, QueueSel) == (other.DeviceFeaturesSel, other.DriverFeaturesSel, other.QueueSel)
        && Queues.SequenceEqual(other.Queues);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Status, DriverFeatures, InterruptStatus, ConfigGeneration, QueueSel, Queues.Length);
}
