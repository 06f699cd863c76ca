using System.Management.Automation;

namespace PesterRunner.Running;

/// <summary>The error by which <c>Set-ItResult</c> leaves a test.</summary>
internal static class ItResult
{
    private const string SkippedId = "PesterTestSkipped";

    public static ErrorRecord Skip(string? because) =>
        new(new InvalidOperationException("is skipped"), SkippedId, ErrorCategory.InvalidResult, because);

    public static bool IsSkip(ErrorRecord error) => error.FullyQualifiedErrorId.StartsWith(SkippedId, StringComparison.Ordinal);
}
