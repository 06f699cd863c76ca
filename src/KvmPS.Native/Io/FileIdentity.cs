namespace KvmPS.Native;

/// <summary>What tells a file from all others on a host.</summary>
/// <param name="DeviceMajor">The major number of its file system's device.</param>
/// <param name="DeviceMinor">The minor number.</param>
/// <param name="Inode">Its number on that.</param>
public readonly record struct FileIdentity(uint DeviceMajor, uint DeviceMinor, ulong Inode);
