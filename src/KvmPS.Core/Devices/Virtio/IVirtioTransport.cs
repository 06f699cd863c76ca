namespace KvmPS.Core.Devices.Virtio;

/// <summary>What a device asks of its transport. Safe from any thread at any time; never throws and never waits for the guest.</summary>
public interface IVirtioTransport
{
    /// <summary>
    /// Changes the configuration space: <paramref name="change"/> runs between two reads of the guest, never during one, and the guest learns that
    /// something has changed [virtio-1.2 §2.5.1].
    /// </summary>
    /// <param name="change">Stores the new values; must not call the transport.</param>
    void ChangeConfig(Action change);

    /// <summary>The driver did what it must not do: the device works no more until the driver resets it (DEVICE_NEEDS_RESET) [virtio-1.2 §2.1.2].</summary>
    /// <param name="reason">What it did, for the log; one of few texts, so that a hostile guest cannot make many.</param>
    void Fail(string reason);

    /// <summary>The device itself failed: the host's log learns why, and the guest that it must reset the device.</summary>
    void ReportFailure(Exception failure);
}
