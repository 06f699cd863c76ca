using System.Security.Cryptography;
using System.Text;

namespace KvmPS.Core.Block.Seed;

/// <summary>
/// What cloud-init reads at a guest's first boot from a disk with the label <see cref="Label"/> [cloud-init-nocloud]: who the guest is, and
/// what it is to do.
/// </summary>
public sealed record CloudSeed
{
    /// <summary>The label by which cloud-init finds the disk.</summary>
    public const string Label = "cidata";

    /// <summary>What to do; cloud-init wants the file to be there, and an empty configuration does nothing.</summary>
    public ReadOnlyMemory<byte> UserData { get; init; } = "#cloud-config\n{}\n"u8.ToArray();

    /// <summary>Who the guest is, as YAML or JSON; null to make it of <see cref="InstanceId"/> and <see cref="HostName"/>.</summary>
    public ReadOnlyMemory<byte>? MetaData { get; init; }

    /// <summary>The network's configuration; null for the guest's own, which is DHCP.</summary>
    public ReadOnlyMemory<byte>? NetworkConfig { get; init; }

    /// <summary>What the vendor of the image would have the guest do; null for nothing.</summary>
    public ReadOnlyMemory<byte>? VendorData { get; init; }

    /// <summary>The name by which cloud-init tells a new guest from one that it has set up; null to make it of what the seed holds.</summary>
    public string? InstanceId { get; init; }

    /// <summary>The guest's host name; null for the image's.</summary>
    public string? HostName { get; init; }

    /// <summary>The files, sorted by name.</summary>
    public IReadOnlyList<SeedFile> Files()
    {
        var files = new List<SeedFile> { new("meta-data", MetaData ?? MakeMetaData()) };
        if (NetworkConfig is { } network) files.Add(new SeedFile("network-config", network));
        files.Add(new SeedFile("user-data", UserData));
        if (VendorData is { } vendor) files.Add(new SeedFile("vendor-data", vendor));
        return files;
    }

    private byte[] MakeMetaData()
    {
        string text = $"instance-id: {InstanceId ?? MakeInstanceId()}\n";
        if (HostName is not null) text += $"local-hostname: {HostName}\n";
        return Encoding.UTF8.GetBytes(text);
    }

    /// <summary>The same seed has the same name, and another one another, so that a guest with a changed seed is set up anew.</summary>
    private string MakeInstanceId()
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        foreach (ReadOnlyMemory<byte> part in (ReadOnlyMemory<byte>[])[UserData, NetworkConfig ?? default, VendorData ?? default, Encoding.UTF8.GetBytes(HostName ?? "")])
        {
            hash.AppendData(BitConverter.GetBytes(part.Length));
            hash.AppendData(part.Span);
        }

        return $"iid-{Convert.ToHexStringLower(hash.GetHashAndReset().AsSpan(0, 8))}";
    }
}
