namespace KvmPS;

/// <summary>Completes intervals of measurements in seconds.</summary>
internal sealed class IntervalCompleter() : WordCompleter("0.5", "1", "5", "10", "60");
