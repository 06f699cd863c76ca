namespace KvmPS.Core.Block;

/// <summary>An image that contradicts itself, such as a table entry that points outside its file.</summary>
public sealed class ImageCorruptException : IOException
{
    /// <summary>What is wrong.</summary>
    /// <param name="image">What messages call the image: its path.</param>
    /// <param name="problem">The contradiction, with the place in the file.</param>
    public ImageCorruptException(string image, string problem)
        : base($"'{image}' is corrupt: {problem}") =>
        Image = image;

    /// <summary>What messages call the image.</summary>
    public string Image { get; }
}
