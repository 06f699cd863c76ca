namespace KvmPS.Stress.Storage;

/// <summary>The bytes of a small image file. What is past its end reads as zero, as from a file of the host.</summary>
internal sealed class ImageBytes
{
    private const long Most = 1 << 28; // an image of the tests has a few megabytes

    private byte[] _bytes = [];

    /// <summary>The size of the file.</summary>
    public long Length { get; private set; }

    /// <summary>The file as it is.</summary>
    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, (int)Length);

    /// <summary>A file of these bytes.</summary>
    public static ImageBytes Of(ReadOnlySpan<byte> content)
    {
        var image = new ImageBytes();
        image.Write(0, content);
        return image;
    }

    /// <summary>The same bytes, for somebody else to change.</summary>
    public ImageBytes Copy() => Of(Span);

    /// <summary>Copies bytes out.</summary>
    public void Read(long offset, Span<byte> destination)
    {
        int there = (int)Math.Clamp(Length - offset, 0, destination.Length);
        _bytes.AsSpan((int)Math.Min(offset, Length), there).CopyTo(destination);
        destination[there..].Clear();
    }

    /// <summary>Copies bytes in; the file grows when it has to.</summary>
    public void Write(long offset, ReadOnlySpan<byte> source)
    {
        if (offset + source.Length > Length) SetLength(offset + source.Length);
        source.CopyTo(_bytes.AsSpan((int)offset));
    }

    /// <summary>Makes what there is of a range zero.</summary>
    public void Zero(long offset, long length)
    {
        long end = Math.Min(offset + length, Length);
        if (offset < end) _bytes.AsSpan((int)offset, (int)(end - offset)).Clear();
    }

    /// <summary>Cuts the file, or lengthens it with zeroes.</summary>
    /// <exception cref="InvalidOperationException">An image of the tests does not grow as large: the code that writes it has run wild.</exception>
    public void SetLength(long length)
    {
        if (length is < 0 or > Most) throw new InvalidOperationException($"An image of {length} bytes.");
        if (length > _bytes.Length) Array.Resize(ref _bytes, (int)Math.Max(length, Math.Min(Most, _bytes.Length * 2L)));
        if (length < Length) _bytes.AsSpan((int)length, (int)(Length - length)).Clear();
        Length = length;
    }
}
