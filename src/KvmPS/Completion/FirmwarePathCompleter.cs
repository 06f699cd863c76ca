namespace KvmPS;

/// <summary>Completes paths of firmware.</summary>
internal sealed class FirmwarePathCompleter() : FilePathCompleter("*.bin", "*.rom", "*.fd");
