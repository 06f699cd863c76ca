using System.Collections;
using System.Management.Automation;

namespace PesterRunner.Assertions;

/// <summary><c>Should -Throw</c>: runs a script block and looks at the error that ends it.</summary>
internal sealed class ThrowAssertion(PSCmdlet caller, (string? Message, string? Id, Type? Type) filter)
{
    // PowerShell's own catch makes the record that a test would see.
    private static readonly ScriptBlock Catching = ScriptBlock.Create("do { try { $null = & $args[0] } catch { $_ } } until ($true)");

    /// <summary>The error, once checked.</summary>
    public ErrorRecord? Thrown { get; private set; }

    public string? Check(object? actual, Expectation expectation)
    {
        if ((actual is PSObject wrapped ? wrapped.BaseObject : actual) is not ScriptBlock block)
            throw new ArgumentException("Input is missing or not a ScriptBlock. Input to '-Throw' and '-Not -Throw' must be enclosed in curly braces.");

        Thrown = caller.InvokeCommand.InvokeScript(useLocalScope: true, Catching, new ArrayList(), block)
            .Select(item => item.BaseObject as ErrorRecord).LastOrDefault();
        return expectation.Negated ? Unwanted(expectation) : Missing(expectation);
    }

    private string? Unwanted(Expectation expectation) => Thrown is null
        ? null
        : $"Expected no exception to be thrown,{expectation.Reason} but an exception \"{Thrown.Exception.Message}\" was thrown {Place()}.";

    private string? Missing(Expectation expectation)
    {
        List<string> wanted = [], buts = [];
        Filter(filter.Type is not null, $"type {Display.Of(filter.Type)}", error => filter.Type!.IsInstanceOfType(error.Exception),
            error => $"the exception type was {Display.Of(error.Exception.GetType())}");
        Filter(!string.IsNullOrWhiteSpace(filter.Message), $"message like {Display.Of(WildcardPattern.Unescape(filter.Message ?? string.Empty))}",
            error => IsLike(error.Exception.Message, filter.Message!), error => $"the message was {Display.Of(error.Exception.Message)}");
        Filter(!string.IsNullOrWhiteSpace(filter.Id), $"FullyQualifiedErrorId {Display.Of(filter.Id)}",
            error => IsLike(error.FullyQualifiedErrorId, filter.Id!), error => $"the FullyQualifiedErrorId was {Display.Of(error.FullyQualifiedErrorId)}");
        if (Thrown is null) buts.Add("no exception was thrown");
        if (buts.Count == 0) return null;

        string with = wanted.Count > 0 ? $" with {Join(wanted)}" : string.Empty;
        return $"Expected an exception{with} to be thrown,{expectation.Reason} but {Join(buts)}. {Place()}".Trim();

        void Filter(bool active, string description, Predicate<ErrorRecord> accepts, Func<ErrorRecord, string> but)
        {
            if (!active) return;
            wanted.Add(description);
            if (Thrown is not null && !accepts(Thrown)) buts.Add(but(Thrown));
        }
    }

    private string Place()
    {
        string[] lines = (Thrown?.InvocationInfo?.PositionMessage ?? string.Empty).ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries);
        string place = string.Join("\n    ", lines);
        return place.StartsWith("At ", StringComparison.Ordinal) ? $"from {place[3..]}" : place;
    }

    private static bool IsLike(string text, string pattern) => WildcardPattern.Get(pattern, WildcardOptions.IgnoreCase).IsMatch(text);

    private static string Join(List<string> items) =>
        items.Count < 2 ? string.Concat(items) : $"{string.Join(", ", items.SkipLast(1))} and {items[^1]}";
}
