namespace KvmPS;

/// <summary>Completes how many of something: vCPUs, queues, lines, instructions.</summary>
internal sealed class CountCompleter() : WordCompleter("1", "2", "4", "8", "16", "32", "64");
