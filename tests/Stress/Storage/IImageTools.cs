using KvmPS.Core.Block;

namespace KvmPS.Stress.Storage;

/// <summary>What <see cref="OperationsRun"/> does with image files besides reading and writing.</summary>
internal interface IImageTools
{
    /// <summary>Opens an image over what is below it.</summary>
    IBlockBackend Open(string path, IBlockBackend? backing, bool readOnly);

    /// <summary>Makes an image over another, or over nothing.</summary>
    void Create(string path, long length, string? backingPath, Random random);

    /// <summary>Gives an open disk another size.</summary>
    void Resize(IBlockBackend disk, long length);
}
