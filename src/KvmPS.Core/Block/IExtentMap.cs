namespace KvmPS.Core.Block;

/// <summary>A backend that can tell where its bytes come from, so that copies skip what is not there.</summary>
public interface IExtentMap
{
    /// <summary>What stands at an offset, and how far it goes on like that; at least one byte, at most to the end of the disk.</summary>
    /// <param name="offset">A place inside the disk.</param>
    /// <exception cref="IOException">It cannot be found out.</exception>
    BlockExtent Map(long offset);
}
