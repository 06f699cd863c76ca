namespace KvmPS.Core.Block;

/// <summary>The part of a request that lies in one chunk of a disk.</summary>
/// <param name="Number">The chunk's number.</param>
/// <param name="Start">Where the part begins in the chunk.</param>
/// <param name="Position">Where it begins in the request.</param>
/// <param name="Length">Bytes.</param>
internal readonly record struct ChunkPart(long Number, int Start, long Position, int Length)
{
    /// <summary>The parts of a request, in order.</summary>
    public static IEnumerable<ChunkPart> Of(long offset, long length, int size)
    {
        for (long done = 0; done < length;)
        {
            ChunkPart part = Of((offset + done) / size, offset, length, size);
            yield return part;
            done += part.Length;
        }
    }

    /// <summary>The part of a request in a chunk that it touches.</summary>
    public static ChunkPart Of(long number, long offset, long length, int size)
    {
        long first = Math.Max(offset, number * size);
        return new ChunkPart(number, (int)(first % size), first - offset, (int)Math.Min(size - (first % size), offset + length - first));
    }
}
