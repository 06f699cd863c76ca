namespace KvmPS;

/// <summary>Completes paths of text files.</summary>
internal sealed class LogPathCompleter() : FilePathCompleter("*.log", "*.txt");
