namespace KvmPS;

/// <summary>Completes paths of disk images.</summary>
internal sealed class ImagePathCompleter() : FilePathCompleter("*.qcow2", "*.img", "*.raw", "*.iso", "*.qcow", "*.bin");
