namespace KvmPS;

/// <summary>Completes sizes of memory that people use.</summary>
internal sealed class SizeCompleter() : WordCompleter("64MB", "128MB", "256MB", "512MB", "1GB", "2GB", "4GB", "8GB");
