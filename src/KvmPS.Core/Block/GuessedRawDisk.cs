using KvmPS.Native;

namespace KvmPS.Core.Block;

/// <summary>
/// A raw disk whose format nobody gave. Its guest may not begin it with the mark of an image format: at the next opening it would be taken
/// for such an image, and a backing file that the guest named would be read for it.
/// </summary>
public sealed class GuessedRawDisk : BackendWrapper
{
    private readonly string _name;
    private readonly BounceBuffers _buffers = new(RawImage.Sector);

    /// <summary>Takes over a backend.</summary>
    /// <param name="inner">The raw disk.</param>
    /// <param name="name">What messages call it: the path.</param>
    public GuessedRawDisk(IBlockBackend inner, string name)
        : base(inner) =>
        _name = name;

    /// <inheritdoc/>
    /// <exception cref="ImageNotSupportedException">The guest writes the mark of an image format to the first sector.</exception>
    public override void Write(long offset, IoVector source)
    {
        if (offset >= RawImage.Sector || source.Length == 0)
        {
            Inner.Write(offset, source);
            return;
        }

        WriteFirst(offset, source);
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
        if (disposing) _buffers.Dispose();
        base.Dispose(disposing);
    }

    /// <summary>Writes the first sector from a copy. GUEST-CONTROLLED: the guest may change its memory after the look at it.</summary>
    private void WriteFirst(long offset, IoVector source)
    {
        int length = (int)Math.Min(RawImage.Sector - offset, source.Length);
        Bounce bounce = _buffers.Rent();
        try
        {
            source.CopyTo(bounce.Span[..length]);
            if (ImageProbe.NameOf(bounce.Span[..length]) is { } name)
                throw new ImageNotSupportedException(_name, $"a guest that writes the mark of a {name} image to a disk whose format was guessed (it may, given the format raw)");
            Inner.Write(offset, bounce.Part(0, length));
        }
        finally
        {
            _buffers.Return(bounce);
        }

        using var rest = new IoVector();
        rest.Add(source, length, source.Length - length);
        if (rest.Length > 0) Inner.Write(offset + length, rest);
    }
}
