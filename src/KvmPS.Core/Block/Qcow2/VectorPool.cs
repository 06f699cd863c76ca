using KvmPS.Native;

namespace KvmPS.Core.Block.Qcow2;

/// <summary>Vectors for the parts of requests, a few for each thread: an image in a backing chain takes one while the image above it uses another.</summary>
internal static class VectorPool
{
    [ThreadStatic]
    private static Stack<IoVector>? _free;

    /// <summary>An empty vector. Disposing the lease gives it back.</summary>
    public static Lease Rent() => new((_free ??= new Stack<IoVector>()).TryPop(out IoVector? vector) ? vector : new IoVector());

    /// <summary>A vector in use.</summary>
    internal readonly ref struct Lease(IoVector vector)
    {
        /// <summary>The vector.</summary>
        public IoVector Vector => vector;

        /// <summary>Empties the vector and keeps it for the thread's next request.</summary>
        public void Dispose()
        {
            vector.Clear();
            _free!.Push(vector);
        }
    }
}
