using System.Globalization;

namespace KvmPS.Core.Boot;

/// <summary>An image, or its combination with memory, initrd and command line, that cannot be booted: says which byte breaks which rule.</summary>
public sealed class ImageNotBootableException : Exception
{
    internal ImageNotBootableException(string image, long? offset, string rule, Exception? inner = null)
        : base(Describe(image, offset, rule), inner)
    {
        Image = image;
        Offset = offset;
        Rule = rule;
    }

    /// <summary>The name of the image, as the user gave it.</summary>
    public string Image { get; }

    /// <summary>The byte of the image that breaks the rule; null when no single byte does, such as with too little RAM.</summary>
    public long? Offset { get; }

    /// <summary>The rule that is broken, with the section that makes it.</summary>
    public string Rule { get; }

    /// <summary>Whether it was to be the firmware of a machine, and no kernel.</summary>
    public bool IsFirmware { get; internal init; }

    private static string Describe(string image, long? offset, string rule) => offset is { } at
        ? string.Create(CultureInfo.InvariantCulture, $"'{image}' cannot be booted: at byte 0x{at:x}: {rule}")
        : $"'{image}' cannot be booted: {rule}";
}
