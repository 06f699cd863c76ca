namespace KvmPS;

/// <summary>Completes paths of configuration files.</summary>
internal sealed class ConfigurationPathCompleter() : FilePathCompleter("*.json");
