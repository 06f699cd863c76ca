namespace KvmPS.Core.Block;

/// <summary>A backend whose size can be changed while it is open, and so under its lock.</summary>
public interface IResizableDisk
{
    /// <summary>Changes the size of the disk, which nobody else uses meanwhile. What is new reads as zero; what is cut off is lost.</summary>
    /// <param name="newSize">Bytes, a multiple of 512.</param>
    /// <exception cref="IOException">The format or the host refuses.</exception>
    void Resize(long newSize);
}
