namespace KvmPS;

/// <summary>Completes how many bytes of memory to look at: a line of a dump, a sector, a page.</summary>
internal sealed class LengthCompleter() : WordCompleter("16", "64", "256", "512", "4KB");
