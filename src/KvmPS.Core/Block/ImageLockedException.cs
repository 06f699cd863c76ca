namespace KvmPS.Core.Block;

/// <summary>An image that somebody else uses in a way that does not go with the use that was wanted.</summary>
public sealed class ImageLockedException : IOException
{
    /// <summary>Who holds it.</summary>
    /// <param name="image">The path of the image.</param>
    /// <param name="isWritten">Whether the other side writes it.</param>
    /// <param name="holder">The other side, such as <c>process 4711 (qemu-system-x86)</c>; null when this user may not know.</param>
    public ImageLockedException(string image, bool isWritten, string? holder)
        : base($"'{image}' is in use{(isWritten ? " for writing" : "")} by {holder ?? "another process"}.")
    {
        Image = image;
        IsWritten = isWritten;
        Holder = holder;
    }

    /// <summary>The path of the image.</summary>
    public string Image { get; }

    /// <summary>Whether the other side writes it.</summary>
    public bool IsWritten { get; }

    /// <summary>The other side, or null when it is not known.</summary>
    public string? Holder { get; }
}
