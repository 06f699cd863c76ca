using KvmPS.Native;

namespace KvmPS.Core.Host;

/// <summary>Where this process looks for KVM.</summary>
public static class KvmDevice
{
    /// <summary>The environment variable that names the device, for containers that have it elsewhere and for trying what happens without one.</summary>
    public const string PathVariable = "KVMPS_DEVICE";

    /// <summary>The device: <see cref="Kvm.DevicePath"/>, unless <see cref="PathVariable"/> says otherwise.</summary>
    public static string Path => Environment.GetEnvironmentVariable(PathVariable) is { Length: > 0 } path ? path : Kvm.DevicePath;
}
