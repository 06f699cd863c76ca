namespace KvmPS.Core.Block.Files;

/// <summary>An image would become smaller, and lose what lies behind its new end, without anybody having said that it may.</summary>
public sealed class ImageShrinkException : IOException
{
    /// <summary>From where to where.</summary>
    /// <param name="image">The full path.</param>
    /// <param name="before">Bytes now.</param>
    /// <param name="after">Bytes that were asked for.</param>
    public ImageShrinkException(string image, long before, long after)
        : base($"'{image}' has {before} bytes; with {after} it would lose what lies behind.") =>
        Image = image;

    /// <summary>The full path.</summary>
    public string Image { get; }
}
