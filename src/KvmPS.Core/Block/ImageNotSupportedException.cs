namespace KvmPS.Core.Block;

/// <summary>An image that is well formed, as far as was looked, and of a kind that KvmPS does not read.</summary>
public sealed class ImageNotSupportedException : IOException
{
    /// <summary>What is not supported.</summary>
    /// <param name="image">What messages call the image: its path.</param>
    /// <param name="feature">What it has or is, as the end of a sentence.</param>
    public ImageNotSupportedException(string image, string feature)
        : base($"'{image}' cannot be used: {feature}") =>
        Image = image;

    /// <summary>What messages call the image.</summary>
    public string Image { get; }
}
