namespace KvmPS.Stress.Fuzz;

/// <summary>How FsCheck shortens a case that failed.</summary>
internal static class Shrinking
{
    /// <summary>The list without its halves, quarters and so on down to single members.</summary>
    public static IEnumerable<IReadOnlyList<T>> Parts<T>(IReadOnlyList<T> list)
    {
        for (int size = list.Count / 2; size > 0; size /= 2)
        {
            for (int start = 0; start < list.Count; start += size)
                yield return [.. list.Take(start), .. list.Skip(start + size)];
        }
    }
}
