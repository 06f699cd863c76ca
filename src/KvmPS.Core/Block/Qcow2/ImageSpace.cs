namespace KvmPS.Core.Block.Qcow2;

/// <summary>The file below an image and how far it goes, which all offsets from tables are held against.</summary>
internal sealed class ImageSpace
{
    private long _end; // grows under the image's write lock, and is read under its read lock

    public ImageSpace(IImageFile file, Qcow2Header header)
    {
        File = file;
        Header = header;
        Geometry = header.Geometry;
        _end = Geometry.ClustersOf(file.Length) << Geometry.ClusterBits;
    }

    /// <summary>The file.</summary>
    public IImageFile File { get; }

    /// <summary>What its first cluster says.</summary>
    public Qcow2Header Header { get; }

    /// <summary>The sizes of its units.</summary>
    public ClusterGeometry Geometry { get; }

    /// <summary>Where the first cluster begins that was never written nor given away: it and all behind it read as zero.</summary>
    public long End => _end;

    /// <summary>Notes that clusters up to an offset are in use.</summary>
    public void ExtendTo(long end) => _end = Math.Max(_end, end);

    /// <summary>Takes an offset from a table. FILE-CONTROLLED.</summary>
    /// <param name="offset">What the table says.</param>
    /// <param name="what">What lies there, for the message.</param>
    /// <exception cref="ImageCorruptException">It is no cluster of the file, or the header's.</exception>
    public long Checked(long offset, string what)
    {
        if (!Geometry.IsAligned(offset)) throw Corrupt($"{what} at {offset:#x} does not begin at a cluster.");
        if ((ulong)offset >= (ulong)_end) throw Corrupt($"{what} at {offset:#x} lies behind the end of the file.");
        return offset != 0 ? offset : throw Corrupt($"{what} lies over the header.");
    }

    /// <summary>Takes the place of a table that has several clusters. FILE-CONTROLLED.</summary>
    /// <exception cref="ImageCorruptException">It is not all in the file.</exception>
    public long Checked(long offset, long length, string what)
    {
        if (length > _end - Checked(offset, what)) throw Corrupt($"{what} of {length} bytes at {offset:#x} goes on behind the end of the file.");
        return offset;
    }

    /// <summary>Makes the exception for a contradiction.</summary>
    public ImageCorruptException Corrupt(string problem) => new(File.Name, problem);
}
