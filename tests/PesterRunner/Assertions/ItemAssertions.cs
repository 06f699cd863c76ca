using System.Management.Automation;

namespace PesterRunner.Assertions;

/// <summary>Checks one item.</summary>
/// <remarks>The result is null when the item is as expected, else the message of the failure.</remarks>
internal delegate string? ItemAssertion(object? actual, Expectation expectation, PowerShellOperator evaluator);

/// <summary>The operators that look at each item of the pipeline.</summary>
internal static class ItemAssertions
{
    private static readonly Dictionary<string, ItemAssertion> All = new(StringComparer.Ordinal)
    {
        ["BeTrue"] = (actual, expectation, _) => Truth(actual, expectation, wanted: true),
        ["BeFalse"] = (actual, expectation, _) => Truth(actual, expectation, wanted: false),
        ["BeGreaterThan"] = (actual, expectation, evaluator) => Order(actual, expectation, evaluator, expectation.Negated ? "-gt" : "-le"),
        ["BeLessOrEqual"] = (actual, expectation, evaluator) => Order(actual, expectation, evaluator, expectation.Negated ? "-le" : "-gt"),
        ["BeLessThan"] = (actual, expectation, evaluator) => Order(actual, expectation, evaluator, expectation.Negated ? "-lt" : "-ge"),
        ["BeGreaterOrEqual"] = (actual, expectation, evaluator) => Order(actual, expectation, evaluator, expectation.Negated ? "-ge" : "-lt"),
        ["BeLike"] = (actual, expectation, evaluator) => Pattern(actual, expectation, evaluator, "-like", "like wildcard", "match"),
        ["BeLikeExactly"] = (actual, expectation, evaluator) => Pattern(actual, expectation, evaluator, "-clike", "case sensitive like wildcard", "match"),
        ["Match"] = (actual, expectation, evaluator) => Pattern(actual, expectation, evaluator, "-match", "regular expression", "match"),
        ["MatchExactly"] = (actual, expectation, evaluator) => Pattern(actual, expectation, evaluator, "-cmatch", "regular expression", "case sensitively match"),
        ["BeOfType"] = OfType,
        ["BeIn"] = In,
    };

    /// <summary>The operator of that name.</summary>
    public static ItemAssertion Find(string name) => All[name];

    private static string? Truth(object? actual, Expectation expectation, bool wanted)
    {
        wanted ^= expectation.Negated;
        return LanguagePrimitives.IsTrue(actual) == wanted
            ? null
            : $"Expected {Display.Of(wanted)},{expectation.Reason} but got {Display.Of(actual)}.";
    }

    // The operator is the one that must not hold: two values that have no order, such as $null and 1, pass where PowerShell's operator says no.
    private static string? Order(object? actual, Expectation expectation, PowerShellOperator evaluator, string forbidden)
    {
        string wanted = forbidden switch
        {
            "-le" => "greater than",
            "-gt" => "less than or equal to",
            "-ge" => "less than",
            _ => "greater than or equal to",
        };
        return evaluator.Holds(actual, forbidden, expectation.Expected)
            ? $"Expected the actual value to be {wanted} {Display.Of(expectation.Expected)},{expectation.Reason} but got {Display.Of(actual)}."
            : null;
    }

    private static string? Pattern(object? actual, Expectation expectation, PowerShellOperator evaluator, string operation, string kind, string verb)
    {
        if (evaluator.Holds(actual, operation, expectation.Expected) != expectation.Negated) return null;
        string head = $"Expected {kind} {Display.Of(expectation.Expected)} to";
        return expectation.Negated
            ? $"{head} not {verb} {Display.Of(actual)},{expectation.Reason} but it did match."
            : $"{head} {verb} {Display.Of(actual)},{expectation.Reason} but it did not match.";
    }

    private static string? OfType(object? actual, Expectation expectation, PowerShellOperator evaluator)
    {
        object? expected = expectation.Expected is PSObject wrapped ? wrapped.BaseObject : expectation.Expected;
        string name = (expected as string ?? string.Empty).Trim('[', ']');
        if ((expected as Type ?? (LanguagePrimitives.TryConvertTo(name, out Type parsed) ? parsed : null)) is not { } type)
            throw new ArgumentException($"Could not find type [{name}]. Make sure that the assembly that contains that type is loaded.");
        if (evaluator.Holds(actual, "-is", type) != expectation.Negated) return null;
        Type? actualType = (actual is PSObject value ? value.BaseObject : actual)?.GetType();
        return $"Expected the value to {(expectation.Negated ? "not " : string.Empty)}have type {Display.Of(type)} or any of its subtypes,{expectation.Reason}" +
            $" but got {Display.Of(actual)} with type {Display.Of(actualType)}.";
    }

    private static string? In(object? actual, Expectation expectation, PowerShellOperator evaluator)
    {
        if (evaluator.Holds(expectation.Expected, "-contains", actual) != expectation.Negated) return null;
        return expectation.Negated
            ? $"Expected collection {Display.Of(expectation.Expected)} to not contain {Display.Of(actual)},{expectation.Reason} but it was found."
            : $"Expected collection {Display.Of(expectation.Expected)} to contain {Display.Of(actual)},{expectation.Reason} but it was not found.";
    }
}
