namespace KvmPS.Core.Block;

/// <summary>Copies one disk to another and leaves out what holds nothing: what the source knows to be zero, and zeroes that are found in what was read.</summary>
public static class DiskImageCopier
{
    private const int Piece = 1 << 20;
    private const int Grain = 1 << 16; // zeroes are left out in these units: shorter holes cost more than they save

    /// <summary>Copies all of the source, and flushes the target.</summary>
    /// <param name="source">What is read. Nobody writes to it meanwhile.</param>
    /// <param name="target">What is written, at least as long.</param>
    /// <param name="targetIsEmpty">Whether all of the target reads as zero, so that zeroes need not be written; as after it was made.</param>
    /// <param name="progress">Is told the bytes that are done, and all of them, after each piece; on this thread.</param>
    /// <param name="cancellation">Leaves a part of the target written.</param>
    /// <exception cref="IOException">One of them failed; a part of the target may be written.</exception>
    public static void Copy(IBlockBackend source, IBlockBackend target, bool targetIsEmpty, Action<long, long>? progress = null, CancellationToken cancellation = default)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(target.Length, source.Length, nameof(target));
        using var bounce = new Bounce(Piece);
        for (long done = 0; done < source.Length;)
        {
            cancellation.ThrowIfCancellationRequested();
            BlockExtent extent = source.ExtentAt(done);
            long length = extent.Length;
            if (extent.Kind != BlockExtentKind.Zero)
            {
                length = Math.Min(length, Piece - (done % Piece)); // pieces of the target begin where its clusters do
                source.Read(done, bounce.Part(0, (int)length));
                Write(target, done, bounce, (int)length, targetIsEmpty);
            }
            else
            {
                WriteZeroes(target, done, length, targetIsEmpty);
            }

            done += length;
            progress?.Invoke(done, source.Length);
        }

        target.Flush();
    }

    /// <summary>Writes runs of grains that are all zero, or all not, each with one call.</summary>
    private static void Write(IBlockBackend target, long offset, Bounce bounce, int length, bool targetIsEmpty)
    {
        for (int start = 0; start < length;)
        {
            bool isZero = IsZero(bounce, start, length);
            int end = start;
            do end = Math.Min(end + Grain, length);
            while (end < length && IsZero(bounce, end, length) == isZero);
            if (isZero) WriteZeroes(target, offset + start, end - start, targetIsEmpty);
            else target.Write(offset + start, bounce.Part(start, end - start));
            start = end;
        }
    }

    private static bool IsZero(Bounce bounce, int start, int length) => !bounce.Span[start..Math.Min(start + Grain, length)].ContainsAnyExcept((byte)0);

    private static void WriteZeroes(IBlockBackend target, long offset, long length, bool targetIsEmpty)
    {
        if (!targetIsEmpty) target.WriteZeroes(offset, length, mayDeallocate: true);
    }
}
