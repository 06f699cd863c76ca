using System.Collections;
using System.Management.Automation;

namespace PesterRunner.Assertions;

/// <summary>Checks all that came through the pipeline.</summary>
/// <remarks>The items are null when none came. The result is null when they are as expected, else the message of the failure.</remarks>
internal delegate string? CollectionAssertion(object?[]? actual, Expectation expectation, PowerShellOperator evaluator);

/// <summary>The operators that look at the whole input as one collection.</summary>
internal static class CollectionAssertions
{
    private static readonly Dictionary<string, CollectionAssertion> All = new(StringComparer.Ordinal)
    {
        ["Be"] = (actual, expectation, evaluator) => Equal(actual, expectation, evaluator, caseSensitive: false),
        ["BeExactly"] = (actual, expectation, evaluator) => Equal(actual, expectation, evaluator, caseSensitive: true),
        ["BeNullOrEmpty"] = (actual, expectation, _) => NullOrEmpty(actual, expectation),
        ["Contain"] = Contain,
        ["HaveCount"] = (actual, expectation, _) => HaveCount(actual, expectation),
    };

    /// <summary>The operator of that name, or null if it looks at single items.</summary>
    public static CollectionAssertion? Find(string name) => All.GetValueOrDefault(name);

    private static string? Equal(object?[]? actual, Expectation expectation, PowerShellOperator evaluator, bool caseSensitive)
    {
        if (DeepEquality.AreEqual(actual, expectation.Expected, evaluator, caseSensitive) != expectation.Negated) return null;

        string exactly = caseSensitive ? "exactly " : string.Empty;
        if (expectation.Negated)
        {
            return $"Expected {Display.Of(expectation.Expected)} to be different from the actual value,{expectation.Reason} but got {exactly}the same value.";
        }

        object? got = Unrolled(actual), expected = Unrolled(expectation.Expected);
        return got is string text && expected is string expectedText
            ? StringDifference.Describe(expectedText, text, expectation.Reason, caseSensitive)
            : $"Expected {exactly}{Display.Of(expected)},{expectation.Reason} but got {Display.Of(got)}.";
    }

    private static string? NullOrEmpty(object?[]? actual, Expectation expectation)
    {
        bool isEmpty = actual is null or [] || (actual.Length == 1 && IsEmpty(actual[0]));
        if (isEmpty != expectation.Negated) return null;
        return expectation.Negated
            ? $"Expected a value,{expectation.Reason} but got $null or empty."
            : $"Expected $null or empty,{expectation.Reason} but got {Display.Of(Unrolled(actual))}.";
    }

    private static bool IsEmpty(object? item) => (item is PSObject wrapped ? wrapped.BaseObject : item) switch
    {
        Hashtable table => table.Count == 0,
        var value => string.IsNullOrEmpty(LanguagePrimitives.ConvertTo<string>(value)),
    };

    private static string? Contain(object?[]? actual, Expectation expectation, PowerShellOperator evaluator)
    {
        if (evaluator.Holds(actual, "-contains", expectation.Expected) != expectation.Negated) return null;
        return expectation.Negated
            ? $"Expected {Display.Of(expectation.Expected)} to not be found in collection {Display.Of(actual)},{expectation.Reason} but it was found."
            : $"Expected {Display.Of(expectation.Expected)} to be found in collection {Display.Of(actual)},{expectation.Reason} but it was not found.";
    }

    private static string? HaveCount(object?[]? actual, Expectation expectation)
    {
        int expected = LanguagePrimitives.ConvertTo<int>(expectation.Expected);
        if (expected < 0) throw new ArgumentException("The expected size of a collection cannot be negative.");
        int count = actual?.Length ?? 0;
        if ((count == expected) != expectation.Negated) return null;

        string wanted = (expectation.Negated, expected) switch
        {
            (true, 0) => "a non-empty collection",
            (true, _) => $"a collection with size different from {expected}",
            (false, 0) => "an empty collection",
            _ => $"a collection with size {expected}",
        };
        string got = (expectation.Negated, count) switch
        {
            (_, 0) => "an empty collection",
            (true, _) => $"collection with that size {Display.Of(actual)}",
            _ => $"collection with size {count} {Display.Of(actual)}",
        };
        return $"Expected {wanted},{expectation.Reason} but got {got}.";
    }

    // As the pipeline would pass it on: no item is null, one item is itself.
    private static object? Unrolled(object? value)
    {
        object? bare = value is PSObject wrapped ? wrapped.BaseObject : value;
        return bare switch
        {
            object?[] array => array.Length switch { 0 => null, 1 => Unrolled(array[0]), _ => array },
            string => bare,
            _ => value,
        };
    }
}
