namespace KvmPS.Stress.Storage;

/// <summary>What a change does to a file of the host.</summary>
internal enum HostChangeKind
{
    /// <summary>New bytes.</summary>
    Write,

    /// <summary>A range that reads as zero from then on, as a hole or not.</summary>
    Zero,

    /// <summary>Another size.</summary>
    SetLength,
}

/// <summary>
/// One change to a file of the host, in the pieces that a loss of power leaves or takes one by one: its 512-byte sectors, and, when it lengthens
/// the file, the new size, which may reach the disk without the bytes.
/// </summary>
/// <param name="Number">Its place in the record.</param>
/// <param name="Kind">What it does.</param>
/// <param name="Offset">Where it begins; the new size for <see cref="HostChangeKind.SetLength"/>.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Bytes">The new bytes of a write.</param>
/// <param name="Grows">Whether it is a write that lengthened the file.</param>
internal sealed record HostChange(long Number, HostChangeKind Kind, long Offset, long Length, byte[] Bytes, bool Grows)
{
    private const int Sector = 512;

    /// <summary>How many pieces it falls into.</summary>
    public int Pieces => Kind == HostChangeKind.SetLength ? 1 : Sectors + (Grows ? 1 : 0);

    private int Sectors => (int)(((Offset + Length + Sector - 1) / Sector) - (Offset / Sector));

    /// <summary>Makes the whole change.</summary>
    public void ApplyTo(ImageBytes image)
    {
        for (int i = 0; i < Pieces; i++) ApplyTo(image, i);
    }

    /// <summary>Makes one piece of it.</summary>
    public void ApplyTo(ImageBytes image, int piece)
    {
        if (Kind == HostChangeKind.SetLength)
        {
            image.SetLength(Offset);
            return;
        }

        if (piece == Sectors)
        {
            image.SetLength(Math.Max(image.Length, Offset + Length));
            return;
        }

        long first = Math.Max(Offset, ((Offset / Sector) + piece) * Sector);
        long end = Math.Min(Offset + Length, ((Offset / Sector) + piece + 1) * Sector);
        if (Kind == HostChangeKind.Zero) image.Zero(first, end - first);
        else image.Write(first, Bytes.AsSpan((int)(first - Offset), (int)(end - first)));
    }

    /// <summary>Whether it touches the same page of the file as another.</summary>
    public bool IsNear(HostChange other)
    {
        const int page = 4096;
        return Kind != HostChangeKind.SetLength && other.Kind != HostChangeKind.SetLength
            && Offset / page <= (other.Offset + other.Length - 1) / page && other.Offset / page <= (Offset + Length - 1) / page;
    }

    /// <inheritdoc/>
    public override string ToString() => Kind == HostChangeKind.SetLength ? $"#{Number} size {Offset:x}h" : $"#{Number} {Kind} of {Length:x}h at {Offset:x}h{(Grows ? ", past the end" : "")}";
}
