using System.Text;

namespace KvmPS.Core.Devices.Paravirtual;

/// <summary>A named file of the firmware configuration device.</summary>
public sealed class FwCfgFile
{
    /// <summary>The longest name, in bytes: the directory has 56 for it, and the last is zero [fw-cfg].</summary>
    public const int LongestName = 55;

    /// <summary>A file.</summary>
    /// <param name="name">Its path, such as <c>etc/e820</c>; ASCII.</param>
    /// <param name="content">Its bytes, which are not copied and must not change.</param>
    /// <exception cref="ArgumentException">The name is empty, too long, or not ASCII.</exception>
    public FwCfgFile(string name, ReadOnlyMemory<byte> content)
    {
        if (name.Length is 0 or > LongestName || !Ascii.IsValid(name) || name.Contains('\0', StringComparison.Ordinal))
            throw new ArgumentException($"'{name}' is no name of a file: 1 to {LongestName} ASCII characters.", nameof(name));
        Name = name;
        Content = content;
    }

    /// <summary>Its path.</summary>
    public string Name { get; }

    /// <summary>Its bytes.</summary>
    public ReadOnlyMemory<byte> Content { get; }
}
