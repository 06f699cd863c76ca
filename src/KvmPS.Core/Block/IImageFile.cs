using KvmPS.Native;

namespace KvmPS.Core.Block;

/// <summary>
/// The bytes below an image format: a file of the host, or what a test puts in its place to see each write, or to lose it. Safe for many
/// threads at once. Between two flushes writes may reach stable storage in any order, in part, or not at all.
/// </summary>
public interface IImageFile : IDisposable
{
    /// <summary>What messages call it: the path.</summary>
    string Name { get; }

    /// <summary>Whether it can be written.</summary>
    bool IsWritable { get; }

    /// <summary>The smallest unit of aligned transfers, in bytes.</summary>
    int BlockSize { get; }

    /// <summary>The size in bytes.</summary>
    /// <exception cref="IOException">The host does not say.</exception>
    long Length { get; }

    /// <summary>Reads bytes; past the end are zeroes.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    void Read(long offset, Span<byte> destination);

    /// <summary>Reads until the vector is full; past the end are zeroes.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    void Read(long offset, IoVector destination);

    /// <summary>Reads when no device must be waited for. False when one must; the vector's bytes are undefined then.</summary>
    /// <exception cref="IOException">It cannot be read.</exception>
    bool TryReadAtOnce(long offset, IoVector destination);

    /// <summary>Writes bytes; the file grows when it has to.</summary>
    /// <exception cref="IOException">It cannot be written; a part may have been.</exception>
    void Write(long offset, ReadOnlySpan<byte> source);

    /// <summary>Writes all of the vector; the file grows when it has to.</summary>
    /// <exception cref="IOException">It cannot be written; a part may have been.</exception>
    void Write(long offset, IoVector source);

    /// <summary>Changes the size; what is new reads as zero.</summary>
    /// <exception cref="IOException">It cannot be changed.</exception>
    void SetLength(long length);

    /// <summary>Makes a range read as zero, and gives its room back where the host can.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    void PunchHole(long offset, long length);

    /// <summary>Gives a range's room back where the host can do that without writing; else nothing happens. Where it did, the range reads as zero.</summary>
    /// <exception cref="IOException">The host refuses.</exception>
    void Discard(long offset, long length) => PunchHole(offset, length);

    /// <summary>Makes a range read as zero and keeps its room, without writing it where the host can.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    void WriteZeroes(long offset, long length);

    /// <summary>The first byte at or after an offset that may be other than zero; <see cref="Length"/> when none follows.</summary>
    long NextData(long offset);

    /// <summary>The first byte at or after an offset that is known to be zero; <see cref="Length"/> when none follows.</summary>
    long NextHole(long offset);

    /// <summary>Puts everything that was written before on stable storage.</summary>
    /// <exception cref="IOException">It cannot: what was written since the last flush may be lost.</exception>
    void Flush();
}
