using System.Management.Automation;

namespace PesterRunner.Output;

/// <summary>An error of a test as lines: what was expected, and where.</summary>
internal static class ErrorLines
{
    public static IEnumerable<string> Of(ErrorRecord error)
    {
        bool isAssertion = Assertions.AssertionFailure.Is(error);
        string prefix = isAssertion ? string.Empty : $"{error.Exception.GetType().Name}: ";
        foreach (string line in Split(prefix + error.Exception.Message)) yield return line;

        for (Exception? inner = error.Exception.InnerException; inner is not null; inner = inner.InnerException)
            yield return $"{inner.GetType().Name}: {inner.Message}";

        if (error.InvocationInfo is { ScriptName.Length: > 0 } place)
            yield return $"at {place.Line.Trim()}, {place.ScriptName}:{place.ScriptLineNumber}";
        if (isAssertion || error.ScriptStackTrace is null) yield break;
        foreach (string line in Split(error.ScriptStackTrace).Where(line => !line.Contains("<No file>", StringComparison.Ordinal))) yield return line;
    }

    private static string[] Split(string text) => text.ReplaceLineEndings("\n").Split('\n', StringSplitOptions.RemoveEmptyEntries);
}
