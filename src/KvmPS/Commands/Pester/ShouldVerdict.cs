using System.Management.Automation;
using KvmPS.Core.Machine;

namespace KvmPS;

/// <summary>What an operator of <c>Should</c> answers, in the form that Pester asks for, with what a reader of a failed test wants to see.</summary>
internal static class ShouldVerdict
{
    private const int ShownLines = 20;

    /// <summary>The answer.</summary>
    /// <param name="holds">Whether the object is as the operator says.</param>
    /// <param name="negate">Whether <c>-Not</c> turns it round.</param>
    /// <param name="expected">What was expected, without <c>-Not</c>: the subject, and what it is to do.</param>
    /// <param name="because">The reason that the test gives.</param>
    /// <param name="but">What is so instead.</param>
    /// <param name="console">The last lines of the console.</param>
    public static PSObject Of(bool holds, bool negate, (string Subject, string Predicate) expected, string? because, string but, IEnumerable<string> console)
    {
        bool succeeded = holds != negate;
        PSObject verdict = new();
        verdict.Properties.Add(new PSNoteProperty("Succeeded", succeeded));
        verdict.Properties.Add(new PSNoteProperty("FailureMessage", succeeded
            ? ""
            : $"Expected {expected.Subject} to {(negate ? "not " : "")}{expected.Predicate},{Reason(because)} but {but}.{Tail(console)}"));
        return verdict;
    }

    /// <summary>An exit as a failure message names it.</summary>
    public static string Describe(ExitReason reason, int? exitCode, string? message) =>
        reason == ExitReason.None ? "no exit yet" : $"exit reason {reason}{(exitCode is { } code ? $" ({code})" : "")}: {message?.TrimEnd('.')}";

    /// <summary>The last lines of a text. GUEST-CONTROLLED: of any length.</summary>
    public static IEnumerable<string> LastLines(string text) => text.TrimEnd('\r', '\n').Split('\n').TakeLast(ShownLines).Select(static line => line.TrimEnd('\r'));

    private static string Reason(string? because) =>
        string.IsNullOrWhiteSpace(because) ? "" : $" because {because.Trim().Replace("because ", "", StringComparison.OrdinalIgnoreCase)},";

    private static string Tail(IEnumerable<string> console)
    {
        string lines = string.Join('\n', console.Select(static line => $"    {line}"));
        return string.IsNullOrWhiteSpace(lines) ? " It has written nothing to its console." : $" The last lines of the console:\n{lines}";
    }
}
