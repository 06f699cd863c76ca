namespace KvmPS;

/// <summary>Completes paths of seeds for cloud-init.</summary>
internal sealed class SeedPathCompleter() : FilePathCompleter("*.iso", "*.img");
