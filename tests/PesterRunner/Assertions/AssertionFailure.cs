using System.Management.Automation;

namespace PesterRunner.Assertions;

/// <summary>The error by which <c>Should</c> fails a test, with Pester's id.</summary>
internal static class AssertionFailure
{
    private const string Id = "PesterAssertionFailed";

    public static ErrorRecord Create(string message) => new(new AssertionException(message), Id, ErrorCategory.InvalidResult, targetObject: null);

    public static bool Is(ErrorRecord error) => error.FullyQualifiedErrorId.StartsWith(Id, StringComparison.Ordinal);
}

/// <summary>A value is not what a test expects.</summary>
internal sealed class AssertionException(string message) : Exception(message);
