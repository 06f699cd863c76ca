namespace KvmPS.Core.Block;

/// <summary>Tells the format of an image by the mark that it begins with.</summary>
/// <remarks>
/// A raw disk begins with what its guest wrote there, which may be such a mark: a format that is known is better than one that is guessed.
/// </remarks>
public static class ImageProbe
{
    private const int VdiMarkOffset = 64;

    private static readonly byte[] Qcow2Mark = [(byte)'Q', (byte)'F', (byte)'I', 0xFB];

    private static readonly (byte[] Mark, string Name)[] Others =
    [
        ("KDMV"u8.ToArray(), "VMDK"),
        ("COWD"u8.ToArray(), "VMDK"),
        ("# Disk DescriptorFile"u8.ToArray(), "VMDK"),
        ("vhdxfile"u8.ToArray(), "VHDX"),
        ("conectix"u8.ToArray(), "VHD"),
        ("QED\0"u8.ToArray(), "QED"),
        ([(byte)'L', (byte)'U', (byte)'K', (byte)'S', 0xBA, 0xBE], "LUKS"),
        ("WithoutFreeSpace"u8.ToArray(), "Parallels"),
        ("WithouFreSpacExt"u8.ToArray(), "Parallels"),
        ("Bochs Virtual HD Image"u8.ToArray(), "Bochs"),
    ];

    private static readonly byte[] VdiMark = [0x7F, 0x10, 0xDA, 0xBE];

    /// <summary>The format of an image: raw when it begins with no known mark.</summary>
    /// <exception cref="ImageNotSupportedException">It begins with the mark of a format that KvmPS does not read.</exception>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static DiskImageFormat Detect(IImageFile file)
    {
        Span<byte> start = stackalloc byte[RawImage.Sector];
        file.Read(0, start);
        return NameOf(start) switch
        {
            null => DiskImageFormat.Raw,
            "qcow2" => DiskImageFormat.Qcow2,
            string name => throw new ImageNotSupportedException(file.Name, $"the format {name}, with which it begins (given the format raw, its bytes are used as they are)"),
        };
    }

    /// <summary>What messages call the format that begins with these bytes; null for none that is known.</summary>
    internal static string? NameOf(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith(Qcow2Mark)) return "qcow2";
        if (start.Length >= VdiMarkOffset && start[VdiMarkOffset..].StartsWith(VdiMark)) return "VDI";
        foreach ((byte[] mark, string name) in Others)
        {
            if (start.StartsWith(mark)) return name;
        }

        return null;
    }
}
