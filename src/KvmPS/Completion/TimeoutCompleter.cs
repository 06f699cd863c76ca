namespace KvmPS;

/// <summary>Completes time-outs in seconds; the last one is for ever.</summary>
internal sealed class TimeoutCompleter() : WordCompleter("5", "30", "60", "300", "600", "-1");
