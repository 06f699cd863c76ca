namespace KvmPS.Core.Block;

/// <summary>An image that is in order, but uses a feature that is not served here.</summary>
public sealed class ImageNotSupportedException : IOException
{
    /// <summary>What is missing.</summary>
    /// <param name="image">What messages call the image: its path.</param>
    /// <param name="feature">The feature as the format's specification names it.</param>
    public ImageNotSupportedException(string image, string feature)
        : base($"'{image}' uses a feature that is not supported: {feature}.") =>
        (Image, Feature) = (image, feature);

    /// <summary>What messages call the image.</summary>
    public string Image { get; }

    /// <summary>The feature.</summary>
    public string Feature { get; }
}
