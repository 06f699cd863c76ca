using System.Text.RegularExpressions;

namespace KvmPS.Core.Guest;

/// <summary>What a console seems to wait for.</summary>
internal enum PromptKind
{
    /// <summary>Nothing that shows: its last line is complete.</summary>
    None,

    /// <summary>The name of a user.</summary>
    Login,

    /// <summary>A password.</summary>
    Password,

    /// <summary>The rest of a command that was begun, such as the other quote.</summary>
    Continuation,

    /// <summary>Something else that may be a shell's prompt; whether it is one only a shell can tell.</summary>
    Any,
}

/// <summary>Reads the last line of a console.</summary>
internal static partial class PromptText
{
    /// <summary>What a line without its end asks for.</summary>
    /// <param name="line">The text behind the last newline.</param>
    public static PromptKind Classify(string line)
    {
        string text = Controls.Replace(line, "").Trim();
        if (text.Length == 0) return PromptKind.None;
        if (Login.IsMatch(text)) return PromptKind.Login;
        if (Password.IsMatch(text)) return PromptKind.Password;
        return text == ">" ? PromptKind.Continuation : PromptKind.Any;
    }

    /// <summary>Control sequences [ecma-48 §5.4, §5.6] and single controls.</summary>
    [GeneratedRegex(@"\e\[[0-?]*[ -/]*[@-~]|\e[\]PX^_][^\a\e]*(\a|\e\\)?|\e[ -/]*[0-~]|[\0-\x1f\x7f]", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Controls { get; }

    [GeneratedRegex(@"(^|[\s\W])(login|username):$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Login { get; }

    [GeneratedRegex(@"(^|\W)password( for [^:]*)?:$", RegexOptions.IgnoreCase | RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Password { get; }
}
