namespace KvmPS.Core.Block;

/// <summary>
/// Finds the file that an image names as the one below it. FILE-CONTROLLED: the name can be of any file of the host, which is opened for
/// reading with the rights of this process; an image from elsewhere is to be looked at before it is used.
/// </summary>
internal static class BackingName
{
    /// <summary>The full path.</summary>
    /// <param name="image">The full path of the image that has the name.</param>
    /// <param name="name">The name.</param>
    /// <exception cref="ImageNotSupportedException">It is not the name of a file: a protocol, a description in JSON.</exception>
    /// <exception cref="ImageCorruptException">It cannot be the name of anything.</exception>
    public static string Resolve(string image, string name)
    {
        if (name.Length == 0 || name.Contains('\0', StringComparison.Ordinal)) throw new ImageCorruptException(image, "the name of its backing file is empty or has a zero byte in it.");
        int end = name.AsSpan().IndexOfAny(':', '/');
        if (end >= 0 && name[end] == ':') throw new ImageNotSupportedException(image, $"the backing file '{name}', which '{name[..(end + 1)]}' makes no path of a file");
        return Path.GetFullPath(name, Path.GetDirectoryName(image) ?? "/");
    }

    /// <summary>The format that an image names for the one below; null when it names none.</summary>
    /// <exception cref="ImageNotSupportedException">It is none that KvmPS reads.</exception>
    public static DiskImageFormat? FormatOf(string image, string? format) => format switch
    {
        null or "" => null,
        "raw" or "host_device" or "file" => DiskImageFormat.Raw,
        "qcow2" => DiskImageFormat.Qcow2,
        _ => throw new ImageNotSupportedException(image, $"a backing file of the format '{format}'"),
    };
}
