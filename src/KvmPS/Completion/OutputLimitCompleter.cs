namespace KvmPS;

/// <summary>Completes limits for what a command may write.</summary>
internal sealed class OutputLimitCompleter() : WordCompleter("64KB", "1MB", "16MB", "256MB");
