namespace KvmPS;

/// <summary>Completes sizes of disks that people use.</summary>
internal sealed class DiskSizeCompleter() : WordCompleter("64MB", "256MB", "1GB", "2GB", "5GB", "10GB", "20GB", "50GB", "100GB", "1TB");
