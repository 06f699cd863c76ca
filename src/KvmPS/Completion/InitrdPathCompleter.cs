namespace KvmPS;

/// <summary>Completes paths of initial RAM disks.</summary>
internal sealed class InitrdPathCompleter() : FilePathCompleter("initrd*", "initramfs*", "*.cpio", "*.cpio.*", "*.img");
