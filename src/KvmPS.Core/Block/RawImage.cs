using KvmPS.Native;

namespace KvmPS.Core.Block;

/// <summary>A disk that is byte for byte what a file or block device of the host holds.</summary>
/// <remarks>
/// A file whose length is no multiple of 512 is a disk with a last sector that ends in zeroes; writing that sector gives the file the rest of it.
/// The length is taken once, when the disk is made, and changes with <see cref="Resize"/> only.
/// </remarks>
public sealed class RawImage : IBlockBackend, IExtentMap, IResizableDisk
{
    internal const int Sector = 512;

    private readonly IImageFile _file;

    /// <summary>Takes over a file.</summary>
    /// <param name="file">The file.</param>
    /// <param name="readOnly">Whether writes are refused even if the file allows them.</param>
    /// <exception cref="ImageNotSupportedException">It is a block device whose blocks are longer than 4096 bytes.</exception>
    /// <exception cref="IOException">The host does not say how long it is.</exception>
    public RawImage(IImageFile file, bool readOnly)
    {
        if (file.BlockSize > GuestMemory.PageSize) throw new ImageNotSupportedException(file.Name, $"blocks of {file.BlockSize} bytes, more than {GuestMemory.PageSize}");
        _file = file;
        IsReadOnly = readOnly || !file.IsWritable;
        long length = file.Length;
        Length = length > long.MaxValue - Sector ? length & -Sector : (length + Sector - 1) & -Sector;
        DiskFile? host = (file as HostImageFile)?.File;
        int physical = Math.Max(file.BlockSize, host?.PhysicalBlockSize ?? GuestMemory.PageSize);
        Limits = new BlockLimits(file.BlockSize, physical, physical);
        WritesAtOnce = host is { IsDirect: false };
    }

    /// <inheritdoc/>
    public long Length { get; private set; }

    /// <inheritdoc/>
    public bool IsReadOnly { get; }

    /// <inheritdoc/>
    public BlockLimits Limits { get; }

    /// <inheritdoc/>
    public bool WritesAtOnce { get; }

    /// <inheritdoc/>
    public void Read(long offset, IoVector destination) => _file.Read(offset, destination);

    /// <inheritdoc/>
    public bool TryReadAtOnce(long offset, IoVector destination) => _file.TryReadAtOnce(offset, destination);

    /// <inheritdoc/>
    public void Write(long offset, IoVector source)
    {
        RefuseReadOnly();
        _file.Write(offset, source);
    }

    /// <inheritdoc/>
    public void WriteZeroes(long offset, long length, bool mayDeallocate)
    {
        RefuseReadOnly();
        if (mayDeallocate) _file.PunchHole(offset, length);
        else _file.WriteZeroes(offset, length);
    }

    /// <inheritdoc/>
    public void Discard(long offset, long length)
    {
        RefuseReadOnly();
        _file.Discard(offset, length);
    }

    /// <inheritdoc/>
    public void Flush() => _file.Flush();

    /// <inheritdoc/>
    public BlockExtent Map(long offset)
    {
        // A file may end, and its holes begin, inside a sector: that sector is data.
        long data = Math.Min(_file.NextData(offset) & -Sector, Length);
        if (data > offset) return new BlockExtent(data - offset, BlockExtentKind.Zero, -1);
        long hole = Math.Min((_file.NextHole(offset) + Sector - 1) & -Sector, Length);
        return new BlockExtent((hole > offset ? hole : Length) - offset, BlockExtentKind.Data, offset); // a file that has shrunk has neither
    }

    /// <inheritdoc/>
    /// <exception cref="ImageNotSupportedException">It is a block device.</exception>
    public void Resize(long newSize)
    {
        RefuseReadOnly();
        if (_file is HostImageFile { File.IsBlockDevice: true }) throw new ImageNotSupportedException(_file.Name, "another size of a block device");
        _file.SetLength(newSize);
        Length = newSize;
    }

    /// <inheritdoc/>
    public void Dispose() => _file.Dispose();

    private void RefuseReadOnly()
    {
        if (IsReadOnly) throw new HostIOException("pwritev", _file.Name, Native.Interop.Errno.EROFS);
    }
}
