using KvmPS.Core.Block;

namespace KvmPS.Stress.Storage;

/// <summary>A kind of image whose life is cut short by <see cref="CrashRun"/>.</summary>
internal interface ICrashSubject : IDisposable
{
    /// <summary>What messages call it.</summary>
    string Name { get; }

    /// <summary>Bytes of the disk at first.</summary>
    long Length { get; }

    /// <summary>The sizes that it can be given, in bytes; only <see cref="Length"/> when it keeps its size.</summary>
    IReadOnlyList<long> Lengths { get; }

    /// <summary>The image as it is at first.</summary>
    ImageBytes Create();

    /// <summary>The version of each sector at first, as <see cref="SectorPattern"/> has it.</summary>
    uint InitialVersion(int sector);

    /// <summary>Opens an image for writing.</summary>
    /// <exception cref="IOException">It cannot be opened.</exception>
    IBlockBackend Open(IImageFile file);

    /// <summary>Gives an open disk another size.</summary>
    void Resize(IBlockBackend disk, long length);

    /// <summary>What is wrong with an image, from outside of the code that wrote it, or null. Room that is lost is not wrong.</summary>
    /// <param name="image">The image's bytes.</param>
    /// <param name="thoroughly">Whether it may take long.</param>
    string? FindFault(ImageBytes image, bool thoroughly);

    /// <summary>The whole disk as somebody else's code reads it from the image.</summary>
    byte[] ReadFromOutside(ImageBytes image);
}
