namespace KvmPS.Core.Serial;

/// <summary>A place in a log where a pattern matched.</summary>
/// <param name="PatternIndex">Which pattern, counted in its own list.</param>
/// <param name="IsFailure">Whether it is one of the failure patterns.</param>
/// <param name="Pattern">The pattern.</param>
/// <param name="Value">The text that matched.</param>
/// <param name="Groups">The captures by group name or number, group <c>0</c> the whole; a group that took no part is missing.</param>
/// <param name="TextBefore">The text from the last match, or the first byte, up to this one; the newest 64 KiB of it.</param>
/// <param name="Start">The absolute offset of the first byte of the match.</param>
/// <param name="End">The absolute offset behind its last byte.</param>
public sealed record SerialMatch(
    int PatternIndex, bool IsFailure, string Pattern, string Value, IReadOnlyDictionary<string, string> Groups, string TextBefore, long Start, long End)
{
    /// <summary>Which line of a broken kernel it is; null when a pattern of the caller matched.</summary>
    public KernelFailure? KernelFailure { get; init; }
}
