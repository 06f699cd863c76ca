namespace PesterRunner.Assertions;

/// <summary>Shows where two strings begin to differ.</summary>
internal static class StringDifference
{
    // Long texts are cut to this much before and after the first difference.
    private const int Context = 40;

    public static string Describe(string expected, string actual, string reason, bool caseSensitive)
    {
        int index = FirstDifference(expected, actual, caseSensitive);
        string lengths = expected.Length == actual.Length
            ? $"String lengths are both {expected.Length}."
            : $"Expected length: {expected.Length}\nActual length:   {actual.Length}";

        string expandedExpected = Expand(expected), expandedActual = Expand(actual);
        int shown = FirstDifference(expandedExpected, expandedActual, caseSensitive);
        int start = Math.Max(shown - Context, 0);
        string pointer = new(' ', "Expected: '".Length + (start > 0 ? 3 : 0));
        return $"""
            Expected strings to be the same,{reason} but they were different.
            {lengths}
            Strings differ at index {index}.
            Expected: '{Excerpt(expandedExpected, start)}'
            But was:  '{Excerpt(expandedActual, start)}'
            {pointer}{new string('-', shown - start)}^
            """;
    }

    private static int FirstDifference(string first, string second, bool caseSensitive)
    {
        StringComparison comparison = caseSensitive ? StringComparison.Ordinal : StringComparison.OrdinalIgnoreCase;
        int index = 0;
        int common = Math.Min(first.Length, second.Length);
        while (index < common && first.AsSpan(index, 1).Equals(second.AsSpan(index, 1), comparison)) index++;
        return index;
    }

    private static string Excerpt(string text, int start)
    {
        int length = Math.Clamp(text.Length - start, 0, 2 * Context);
        string middle = start < text.Length ? text.Substring(start, length) : string.Empty;
        return $"{(start > 0 ? "..." : string.Empty)}{middle}{(start + length < text.Length ? "..." : string.Empty)}";
    }

    private static string Expand(string text) => text
        .Replace("\n", "\\n", StringComparison.Ordinal)
        .Replace("\r", "\\r", StringComparison.Ordinal)
        .Replace("\t", "\\t", StringComparison.Ordinal)
        .Replace("\0", "\\0", StringComparison.Ordinal)
        .Replace("\b", "\\b", StringComparison.Ordinal);
}
