namespace KvmPS.Shell.Editing;

/// <summary>How the editing of a line ended.</summary>
internal enum LineEnd
{
    /// <summary>By Enter.</summary>
    Accepted,

    /// <summary>By Ctrl+C: the line is forgotten.</summary>
    Cancelled,

    /// <summary>By Ctrl+D on an empty line.</summary>
    EndOfInput,
}

/// <summary>What somebody has typed.</summary>
/// <param name="End">How it ended.</param>
/// <param name="Text">The text, of one or more lines with a line feed between them; empty unless it was accepted.</param>
internal sealed record EditedLine(LineEnd End, string Text)
{
    /// <summary>A line that was taken back.</summary>
    public static EditedLine Cancelled { get; } = new(LineEnd.Cancelled, string.Empty);

    /// <summary>The end of the input.</summary>
    public static EditedLine EndOfInput { get; } = new(LineEnd.EndOfInput, string.Empty);
}
