using System.Management.Automation;

namespace PesterRunner.Assertions;

/// <summary>Equality of <c>Should -Be</c>: arrays item by item at any depth, a single item like an array of one, other values by <c>-eq</c>.</summary>
internal static class DeepEquality
{
    private const int DepthLimit = 100;

    public static bool AreEqual(object? first, object? second, PowerShellOperator evaluator, bool caseSensitive, int depth = 0)
    {
        if (depth > DepthLimit) throw new InvalidOperationException($"The arrays nest deeper than {DepthLimit} levels. Is one of them cyclic?");
        object?[] left = AsArray(first), right = AsArray(second);
        if (IsNullOrEmpty(left) || IsNullOrEmpty(right)) return IsNullOrEmpty(left) && IsNullOrEmpty(right);
        if (left.Length != right.Length) return false;

        return left.Zip(right).All(pair => Bare(pair.First) is Array || Bare(pair.Second) is Array
            ? AreEqual(pair.First, pair.Second, evaluator, caseSensitive, depth + 1)
            : evaluator.Holds(pair.Second, caseSensitive ? "-ceq" : "-eq", pair.First));
    }

    private static object? Bare(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    private static object?[] AsArray(object? value) => Bare(value) switch
    {
        null => [],
        object?[] items => items,
        // PowerShell turns any list into an array where a parameter asks for one.
        System.Collections.IList items => [.. items.Cast<object?>()],
        _ => [value],
    };

    private static bool IsNullOrEmpty(object?[] items) => items is [] or [null];
}
