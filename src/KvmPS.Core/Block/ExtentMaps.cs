namespace KvmPS.Core.Block;

/// <summary>The extents of backends that may not know them.</summary>
public static class ExtentMaps
{
    /// <summary>What stands at an offset, as <see cref="IExtentMap.Map"/> says it; data to the end for a backend that does not know.</summary>
    /// <exception cref="IOException">It cannot be found out.</exception>
    public static BlockExtent ExtentAt(this IBlockBackend backend, long offset) =>
        backend is IExtentMap known ? known.Map(offset) : new BlockExtent(backend.Length - offset, BlockExtentKind.Data, -1);
}
