namespace KvmPS;

/// <summary>Completes sizes of a qcow2 image's clusters.</summary>
internal sealed class ClusterSizeCompleter() : WordCompleter("512", "4KB", "16KB", "64KB", "128KB", "512KB", "1MB", "2MB");
