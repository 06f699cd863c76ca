using KvmPS.Native;

namespace KvmPS.Core.Devices.Virtio;

/// <summary>How a driver sets up queues, rings for them, and takes them back.</summary>
public sealed partial class MmioTransport
{
    // GUEST-CONTROLLED: any number may be selected; there is no queue behind most of them.
    private Queue? SelectedQueue => _queueSel < (uint)_queues.Length ? _queues[_queueSel] : null;

    /// <summary>A notification that was an exit; those that KVM takes ring the same bell. GUEST-CONTROLLED: any number.</summary>
    private void Notify(uint number)
    {
        if (number >= (uint)_queues.Length) return;
        try
        {
            _queues[number].Doorbell.Signal();
        }
        catch (ObjectDisposedException)
        {
            // The machine has ended, and its bells with it: nobody works on the queue any more.
        }
    }

    private void WriteQueueRegister(uint register, uint value)
    {
        if (SelectedQueue is not { } queue) return;
        switch (register)
        {
            case MmioRegister.QueueReady when value == 1:
                Enable(queue);
                break;
            case MmioRegister.QueueReady when value == 0:
                Disable(queue);
                break;
            case MmioRegister.QueueReset when value == 1 && HasRingReset:
                Disable(queue);
                break;
            default:
                if (IsOpenToSetUp(queue)) queue.Layout = Changed(queue.Layout, register, value);
                break;
        }
    }

    private bool HasRingReset => (_driverFeatures & VirtioFeature.RingReset) != 0;

    /// <summary>
    /// A queue is set up between FEATURES_OK and DRIVER_OK [virtio-1.2 §3.1.1]; after a reset of the queue alone, also while the device runs [virtio-1.2 §2.6.1].
    /// </summary>
    private bool IsOpenToSetUp(Queue queue) =>
        !queue.IsReady
        && (Status & (DeviceStatus.FeaturesOk | DeviceStatus.NeedsReset | DeviceStatus.Failed)) == DeviceStatus.FeaturesOk
        && (HasRingReset || !Is(DeviceStatus.DriverOk));

    private static QueueLayout Changed(QueueLayout layout, uint register, uint value) => register switch
    {
        MmioRegister.QueueSize => layout with { Size = value },
        MmioRegister.QueueDescLow => layout with { Descriptors = WithLow(layout.Descriptors, value) },
        MmioRegister.QueueDescHigh => layout with { Descriptors = WithHigh(layout.Descriptors, value) },
        MmioRegister.QueueDriverLow => layout with { Available = WithLow(layout.Available, value) },
        MmioRegister.QueueDriverHigh => layout with { Available = WithHigh(layout.Available, value) },
        MmioRegister.QueueDeviceLow => layout with { Used = WithLow(layout.Used, value) },
        MmioRegister.QueueDeviceHigh => layout with { Used = WithHigh(layout.Used, value) },
        _ => layout,
    };

    private static GuestAddress WithLow(GuestAddress address, uint value) => new((address.Value & ~(ulong)uint.MaxValue) | value);

    private static GuestAddress WithHigh(GuestAddress address, uint value) => new((uint)address.Value | ((ulong)value << 32));

    private void Enable(Queue queue)
    {
        if (!IsOpenToSetUp(queue)) return;
        if (!queue.TryEnable(_driverFeatures))
        {
            Fail("a queue that is not one, or not in RAM");
            return;
        }

        if (!Is(DeviceStatus.DriverOk) || _isDisposed) return;
        try
        {
            _device.EnableQueue(queue);
        }
        catch (Exception failure)
        {
            ReportFailure(failure); // as when the device is activated
        }
    }

    /// <summary>When it returns, the driver may do with the rings what it likes.</summary>
    private void Disable(Queue queue)
    {
        if (!queue.IsReady) return;
        if (Is(DeviceStatus.DriverOk)) _device.ResetQueue(queue.Index);
        queue.Disable();
    }
}
