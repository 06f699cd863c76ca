namespace KvmPS.Core.Devices.Virtio;

/// <summary>
/// The order in which a driver sets up a device [virtio-1.2 §3.1.1], as a table of the steps that it may take. <see cref="DeviceStatus.Failed"/> may be added
/// at any time, after which there is only the reset; <see cref="DeviceStatus.NeedsReset"/> is not the driver's and plays no part here.
/// </summary>
internal static class StatusTransitions
{
    private const DeviceStatus Found = DeviceStatus.Acknowledge;
    private const DeviceStatus Driven = Found | DeviceStatus.Driver;
    private const DeviceStatus Agreed = Driven | DeviceStatus.FeaturesOk;
    private const DeviceStatus Running = Agreed | DeviceStatus.DriverOk;

    private static readonly (DeviceStatus From, DeviceStatus To)[] Steps =
    [
        (DeviceStatus.None, Found),
        (DeviceStatus.None, Driven), // firmware finds a device and drives it in one write
        (Found, Driven),
        (Driven, Agreed),
        (Agreed, Running),
    ];

    /// <summary>Whether a driver may write a status other than 0 when it reads another.</summary>
    public static bool IsLegal(DeviceStatus from, DeviceStatus to)
    {
        if (from == to || to == (from | DeviceStatus.Failed)) return true;
        foreach ((DeviceStatus From, DeviceStatus To) step in Steps)
            if (step.From == from && step.To == to) return true;
        return false;
    }

    /// <summary>Whether a driver can have got there.</summary>
    public static bool IsReachable(DeviceStatus status) =>
        (status & ~(DeviceStatus.Failed | DeviceStatus.NeedsReset)) is DeviceStatus.None or Found or Driven or Agreed or Running;
}
