namespace KvmPS.Core.Devices.Virtio;

/// <summary>How a driver gets from a reset to a running device, and back.</summary>
public sealed partial class MmioTransport
{
    /// <inheritdoc/>
    public void Fail(string reason)
    {
        if (MarkBroken()) _host.ReportDriverFault(Name, reason);
    }

    /// <inheritdoc/>
    public void ReportFailure(Exception failure)
    {
        MarkBroken();
        _host.ReportFailure(Name, failure);
    }

    /// <summary>Back to power-on state. Waits until the device has let go of the guest's memory.</summary>
    public void Reset()
    {
        lock (_lock) ResetUnsynchronized();
    }

    /// <summary>
    /// Returns when the device has finished what it took, and touches neither guest memory nor files until <see cref="Resume"/>. The vCPUs stand still meanwhile.
    /// </summary>
    /// <param name="cancellation">Ends the wait; <see cref="Resume"/> is due all the same.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    public void Quiesce(CancellationToken cancellation)
    {
        lock (_lock) _device.Quiesce(cancellation);
    }

    /// <summary>Lets the device go on.</summary>
    public void Resume()
    {
        lock (_lock) _device.Resume();
    }

    /// <summary>Sets DEVICE_NEEDS_RESET and tells a driver that is running [virtio-1.2 §2.1.2]. False when it was set already.</summary>
    private bool MarkBroken()
    {
        var before = (DeviceStatus)Interlocked.Or(ref _status, (uint)DeviceStatus.NeedsReset);
        if ((before & DeviceStatus.NeedsReset) != 0) return false;
        if ((before & DeviceStatus.DriverOk) != 0) _interrupt.Raise(VirtioInterrupt.ConfigurationChange);
        return true;
    }

    private void ResetUnsynchronized()
    {
        _device.Reset();
        foreach (Queue queue in _queues) queue.Disable();
        (_driverFeatures, _deviceFeaturesSel, _driverFeaturesSel, _queueSel) = (0, 0, 0, 0);
        _interrupt.Restore(0);
        Volatile.Write(ref _status, 0); // last: who reads 0 has it all behind
    }

    private void WriteStatus(DeviceStatus written)
    {
        if (written == DeviceStatus.None)
        {
            ResetUnsynchronized();
            return;
        }

        DeviceStatus present = Status & ~DeviceStatus.NeedsReset;
        written &= ~DeviceStatus.NeedsReset;
        if (!StatusTransitions.IsLegal(present, written))
        {
            Fail("a device status out of order");
            return;
        }

        DeviceStatus added = written & ~present;
        if (added == DeviceStatus.None) return;
        if (Is(DeviceStatus.NeedsReset) && added != DeviceStatus.Failed) return; // only a reset leads on
        if (added == DeviceStatus.FeaturesOk && !AreAcceptable(_driverFeatures)) return; // the driver finds the bit not set [virtio-1.2 §3.1.1]
        Interlocked.Or(ref _status, (uint)added);
        if (added == DeviceStatus.DriverOk) Activate();
    }

    private bool AreAcceptable(ulong features)
    {
        if ((features & ~OfferedFeatures) != 0 || (features & VirtioFeature.Version1) == 0) return false;
        foreach (FeatureDependency dependency in _device.FeatureDependencies)
            if (!dependency.IsMetBy(features)) return false;
        return true;
    }

    /// <summary>Features are agreed on once: what is written later is ignored.</summary>
    private void WriteDriverFeatures(uint value)
    {
        if (Is(DeviceStatus.FeaturesOk)) return;
        _driverFeatures = _driverFeaturesSel switch
        {
            0 => (_driverFeatures & ~(ulong)uint.MaxValue) | value,
            1 => (uint)_driverFeatures | ((ulong)value << 32),
            _ => _driverFeatures,
        };
    }

    private void Activate()
    {
        if (_isDisposed) return;
        try
        {
            _device.Activate(new VirtioContext(_host, _memory, _driverFeatures, _queues));
        }
        catch (Exception failure)
        {
            ReportFailure(failure); // no thread or no descriptor left, say: the guest loses this device, and not its machine
        }
    }
}
