namespace KvmPS.Core.Boot;

/// <summary>Which entry to take of an image that offers several.</summary>
public enum EntryChoice
{
    /// <summary>Linux's own entry for Linux, else PVH, else multiboot, else Linux's 64-bit entry.</summary>
    Automatic,

    /// <summary>Linux's 64-bit entry.</summary>
    Linux64,

    /// <summary>The PVH note's entry.</summary>
    Pvh,

    /// <summary>The multiboot entry.</summary>
    Multiboot,
}

/// <summary>Choices about an image that the image itself leaves open.</summary>
public sealed record ImageOptions
{
    /// <summary>Which entry of an ELF kernel.</summary>
    public EntryChoice Entry { get; init; }

    /// <summary>Whether to decompress a bzImage's kernel here; if not, the guest does it with the image's own code.</summary>
    public bool ExtractPayload { get; init; } = true;
}

/// <summary>Tells what kind of kernel an image is, by its contents.</summary>
public static class ImageLoader
{
    /// <summary>How much of an image is read to tell its kind: a multiboot header ends within it.</summary>
    private const int HeadSize = 8192;

    /// <summary>Reads an image's headers, and its compressed kernel if it has one.</summary>
    /// <param name="source">The image; it stays the caller's and is read again by <see cref="BootImage.Place"/>.</param>
    /// <param name="options">What the image leaves open; null for the defaults.</param>
    /// <exception cref="ImageNotBootableException">The image is of no known kind, truncated or broken.</exception>
    public static BootImage Open(IImageSource source, ImageOptions? options = null)
    {
        options ??= new ImageOptions();
        byte[] bytes = source.ReadBytes(0, (ulong)Math.Min(source.Length, HeadSize), "the head");
        var head = new ImageReader(source.Name, bytes, 0);

        if (BzImageLoader.Recognizes(head)) return BzImageLoader.Open(source, head, options);
        if (ElfFile.Recognizes(head)) return ElfLoader.Open(source, head, options);
        if (MultibootHeader.Find(head) is { } multiboot) return MultibootLoader.OpenFlat(source, head, multiboot);
        throw head.Broken(0, "it is neither a bzImage, nor an ELF kernel, nor a multiboot image.");
    }
}
