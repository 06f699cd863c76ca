namespace KvmPS.Core.Boot;

/// <summary>Looks through the bytes of an image's segments, piece by piece.</summary>
internal static class SegmentSearch
{
    private const int PieceSize = 1 << 20;

    /// <summary>Looks into one piece of an image; null to go on.</summary>
    public delegate T? Look<out T>(ReadOnlySpan<byte> piece) where T : class;

    /// <summary>The first answer; null when there is none.</summary>
    /// <param name="source">The image.</param>
    /// <param name="segments">Where to look.</param>
    /// <param name="overlap">How many bytes pieces share, so that nothing of that length is cut.</param>
    /// <param name="look">Called with each piece.</param>
    public static T? Find<T>(IImageSource source, IReadOnlyList<ImageSegment> segments, int overlap, Look<T> look) where T : class
    {
        byte[] buffer = new byte[PieceSize];
        foreach (ImageSegment segment in segments)
        {
            for (ulong at = 0; at < segment.FileSize; at += (ulong)(PieceSize - overlap))
            {
                Span<byte> piece = buffer.AsSpan(0, (int)Math.Min(PieceSize, segment.FileSize - at));
                source.Read(segment.SourceOffset + (long)at, piece);
                if (look(piece) is { } found) return found;
            }
        }

        return null;
    }
}
