namespace KvmPS.Core.Serial;

/// <summary>A log as lines.</summary>
public static class SerialLogLines
{
    /// <summary>The last lines, oldest first; an incomplete last line is one.</summary>
    /// <param name="log">The log.</param>
    /// <param name="lines">How many at most.</param>
    public static IReadOnlyList<string> Tail(this SerialLog log, int lines) => [.. log.LinesFrom(log.FindTail(lines)).Select(static line => line.Text)];

    /// <summary>The kept lines from a position on, up to the present end.</summary>
    /// <param name="log">The log.</param>
    /// <param name="position">An absolute offset.</param>
    public static IEnumerable<SerialLine> LinesFrom(this SerialLog log, long position)
    {
        var cursor = new SerialCursor(log, position);
        while (cursor.TryReadLine(out SerialLine? line, evenIncomplete: true)) yield return line;
    }
}
