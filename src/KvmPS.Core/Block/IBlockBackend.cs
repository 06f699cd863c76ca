using KvmPS.Native;

namespace KvmPS.Core.Block;

/// <summary>
/// What stands behind a disk: bytes that can be read and written at any place. Safe for many threads at once; requests that overlap in time and
/// place have no order, as on a real disk. Callers keep within <see cref="Length"/> and to multiples of 512 bytes.
/// </summary>
/// <remarks>Failures are <see cref="IOException"/>s: <see cref="HostIOException"/> from the host, <see cref="ImageCorruptException"/> from an image that contradicts itself.</remarks>
public interface IBlockBackend : IDisposable
{
    /// <summary>The size in bytes, a multiple of 512.</summary>
    long Length { get; }

    /// <summary>Whether writes are refused.</summary>
    bool IsReadOnly { get; }

    /// <summary>In which units it works best.</summary>
    BlockLimits Limits { get; }

    /// <summary>Whether a write returns when the host's memory has it, so that a worker would only cost time.</summary>
    bool WritesAtOnce { get; }

    /// <summary>Reads until the vector is full.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    void Read(long offset, IoVector destination);

    /// <summary>Reads when that needs no waiting for a device. False when it would; the vector's bytes are undefined then.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    bool TryReadAtOnce(long offset, IoVector destination);

    /// <summary>Writes all of the vector.</summary>
    /// <exception cref="IOException">It cannot be written; a part may have been.</exception>
    void Write(long offset, IoVector source);

    /// <summary>Makes a range read as zero.</summary>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">Bytes.</param>
    /// <param name="mayDeallocate">Whether its room may be given back to the host.</param>
    /// <exception cref="IOException">It cannot be written; a part may have been.</exception>
    void WriteZeroes(long offset, long length, bool mayDeallocate);

    /// <summary>Says that a range is not needed any more. What it reads as afterwards is the backend's choice, but never what others wrote.</summary>
    /// <exception cref="IOException">The host refuses.</exception>
    void Discard(long offset, long length);

    /// <summary>Puts everything that was written before on stable storage.</summary>
    /// <exception cref="IOException">It cannot: what was written since the last flush may be lost.</exception>
    void Flush();
}

/// <summary>In which units a backend works, in bytes; each a power of two.</summary>
/// <param name="BlockSize">The smallest unit of a request: 512 to 4096.</param>
/// <param name="PhysicalBlockSize">What it writes at once without reading before.</param>
/// <param name="DiscardGranularity">The smallest range that a discard gives back.</param>
public readonly record struct BlockLimits(int BlockSize, int PhysicalBlockSize, int DiscardGranularity);
