namespace KvmPS.Core.Boot;

/// <summary>The bytes of an image: a file, or memory. Offsets are checked by whoever reads.</summary>
public interface IImageSource : IDisposable
{
    /// <summary>The name that errors and boot loaders' command lines give it: a path as the user wrote it.</summary>
    string Name { get; }

    /// <summary>The length in bytes when it was opened.</summary>
    long Length { get; }

    /// <summary>Fills <paramref name="destination"/> from <paramref name="offset"/> on; the destination may be guest memory.</summary>
    /// <exception cref="ImageNotBootableException">The source has become shorter than it was.</exception>
    /// <exception cref="IOException">The disk fails.</exception>
    void Read(long offset, Span<byte> destination);
}
