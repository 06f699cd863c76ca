namespace KvmPS;

/// <summary>A file that was copied into or out of a guest.</summary>
public sealed class KvmGuestFile
{
    internal KvmGuestFile(string vmName, string source, string destination, long length, string checksum, TimeSpan duration)
    {
        VMName = vmName;
        Source = source;
        Destination = destination;
        Length = length;
        Checksum = checksum;
        Duration = duration;
    }

    /// <summary>The machine's name.</summary>
    public string VMName { get; }

    /// <summary>The file that was copied.</summary>
    public string Source { get; }

    /// <summary>Its copy.</summary>
    public string Destination { get; }

    /// <summary>Its length in bytes.</summary>
    public long Length { get; }

    /// <summary>Its checksum as the guest gave it: SHA-256, or the number and length of <c>cksum</c> where the guest has no <c>sha256sum</c>.</summary>
    public string Checksum { get; }

    /// <summary>How long it took.</summary>
    public TimeSpan Duration { get; }

    /// <summary>The copy's path.</summary>
    public override string ToString() => Destination;
}
