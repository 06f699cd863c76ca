using KvmPS.Shell.Editing;
using Xunit;

namespace KvmPS.Tests.Shell.Editing;

/// <summary>An editor on a scripted terminal, with a language in which an open brace wants more lines.</summary>
internal sealed class EditorRoom : ILineHelper
{
    private readonly LineEditor _editor;

    public EditorRoom(int width = 40, int height = 10)
    {
        Terminal = new ScriptedTerminal(width, height);
        _editor = new LineEditor(Terminal, this, History);
    }

    public ScriptedTerminal Terminal { get; }

    public InputHistory History { get; } = new(capacity: 5);

    /// <summary>The words that complete the one before the caret.</summary>
    public string[] Words { get; init; } = [];

    public bool IsIncomplete(string text) => text.Count(static letter => letter == '{') > text.Count(static letter => letter == '}');

    public Completion Complete(string text, int caret)
    {
        int start = text.LastIndexOf(' ', Math.Max(caret - 1, 0)) + 1;
        string word = text[start..caret];
        return new Completion(start, word.Length, [.. Words.Where(each => each.StartsWith(word, StringComparison.OrdinalIgnoreCase)).Select(static each => new CompletionItem(each, each))]);
    }

    /// <summary>Lets the editor read what has been typed, followed by Enter.</summary>
    public string Enter()
    {
        Terminal.Press(ConsoleKey.Enter, letter: '\r');
        EditedLine line = Read();
        Assert.Equal(LineEnd.Accepted, line.End);
        History.Add(line.Text);
        return line.Text;
    }

    public EditedLine Read(string prompt = "> ")
    {
        EditedLine line = _editor.Read(prompt);
        Assert.False(Terminal.IsTaken);
        return line;
    }

    /// <summary>Lets the editor read what has been typed, and gives the screen while it waits for more.</summary>
    public string Show(string prompt = "> ")
    {
        Assert.Throws<OperationCanceledException>(() => Read(prompt));
        return Terminal.Screen;
    }
}
