namespace KvmPS.Shell.Editing;

/// <summary>What the editor asks of the language whose lines it edits.</summary>
internal interface ILineHelper
{
    /// <summary>Whether the text is the beginning of something longer, so that Enter begins another line of it.</summary>
    bool IsIncomplete(string text);

    /// <summary>What the word at the caret could become.</summary>
    /// <returns>The possibilities, none when there are none.</returns>
    Completion Complete(string text, int caret);
}

/// <summary>What a part of a line can be replaced with.</summary>
/// <param name="Start">Where the part begins.</param>
/// <param name="Length">How long it is.</param>
/// <param name="Items">What can stand in its place.</param>
internal sealed record Completion(int Start, int Length, IReadOnlyList<CompletionItem> Items)
{
    /// <summary>No possibility.</summary>
    public static Completion None { get; } = new(0, 0, []);
}

/// <summary>One possibility.</summary>
/// <param name="Text">What goes into the line.</param>
/// <param name="Label">What a list shows.</param>
internal sealed record CompletionItem(string Text, string Label);

/// <summary>Knows no language: each line is whole, and nothing completes it. For answers to questions.</summary>
internal sealed class NoLineHelper : ILineHelper
{
    /// <inheritdoc/>
    public bool IsIncomplete(string text) => false;

    /// <inheritdoc/>
    public Completion Complete(string text, int caret) => Completion.None;
}
