namespace KvmPS.Core.Host;

/// <summary>Which of the known names somebody may have meant.</summary>
public static class NearNames
{
    private const int MostNames = 3;

    /// <summary>The nearest names, the best first; none when all are far off.</summary>
    /// <param name="wrong">What was typed.</param>
    /// <param name="known">What there is.</param>
    public static IReadOnlyList<string> Of(string wrong, IEnumerable<string> known)
    {
        int reach = Math.Max(1, wrong.Length / 3);
        return [.. known
            .Select(name => (Name: name, Steps: Steps(wrong, name)))
            .Where(near => near.Steps <= reach || IsPart(wrong, near.Name))
            .OrderBy(static near => near.Steps).ThenBy(static near => near.Name, StringComparer.Ordinal)
            .Take(MostNames).Select(static near => near.Name)];
    }

    private static bool IsPart(string wrong, string name) =>
        Math.Min(wrong.Length, name.Length) > 2
        && (name.Contains(wrong, StringComparison.OrdinalIgnoreCase) || wrong.Contains(name, StringComparison.OrdinalIgnoreCase));

    /// <summary>How many letters must be put in, taken out or changed (Levenshtein's distance), without regard to case.</summary>
    private static int Steps(string from, string to)
    {
        int[] row = [.. Enumerable.Range(0, to.Length + 1)];
        for (int i = 0; i < from.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i + 1;
            for (int j = 0; j < to.Length; j++)
            {
                int change = diagonal + (char.ToLowerInvariant(from[i]) == char.ToLowerInvariant(to[j]) ? 0 : 1);
                diagonal = row[j + 1];
                row[j + 1] = Math.Min(change, Math.Min(row[j], diagonal) + 1);
            }
        }

        return row[^1];
    }
}
