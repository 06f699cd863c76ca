using System.Globalization;
using System.Text;

namespace KvmPS.Shell.Editing;

/// <summary>A line typed on a terminal that need not understand escape sequences, or one that is not shown, whose end is not shown either.</summary>
/// <param name="terminal">The terminal.</param>
/// <param name="isHidden">Whether nothing of it is shown, as for a password.</param>
internal sealed class PlainLine(IEditorTerminal terminal, bool isHidden = false)
{
    private readonly KeyReader _keys = new(terminal);

    /// <summary>Reads a line.</summary>
    /// <param name="prompt">What to show before it.</param>
    /// <inheritdoc cref="LineEditor.Read"/>
    public EditedLine Read(string prompt)
    {
        StringBuilder typed = new();
        terminal.Take();
        try
        {
            terminal.Write(prompt);
            while (true)
            {
                if (Handle(_keys.Read(), typed) is { } line) return line;
            }
        }
        finally
        {
            terminal.Release();
        }
    }

    private EditedLine? Handle(KeyInput input, StringBuilder typed)
    {
        if (input.Pasted is { } pasted)
        {
            Type(pasted.ReplaceLineEndings(" "), typed);
            return null;
        }

        switch (KeyBindings.Of(input.Key))
        {
            case EditCommand.Accept:
                Show("\r\n");
                return new EditedLine(LineEnd.Accepted, typed.ToString());
            case EditCommand.Cancel:
                terminal.Write("^C\r\n");
                return EditedLine.Cancelled;
            case EditCommand.EndOrDelete when typed.Length == 0:
                terminal.Write("\r\n");
                return EditedLine.EndOfInput;
            case EditCommand.Backspace when typed.Length > 0:
                Erase(typed);
                break;
            case EditCommand.Insert:
                Type(input.Key.KeyChar.ToString(), typed);
                break;
        }

        return null;
    }

    private void Type(string text, StringBuilder typed)
    {
        typed.Append(text);
        Show(text);
    }

    private void Erase(StringBuilder typed)
    {
        string text = typed.ToString();
        string last = text[StringInfo.ParseCombiningCharacters(text)[^1]..];
        typed.Length -= last.Length;
        for (int column = CellWidth.Of(last); column > 0; column--) Show("\b \b");
    }

    private void Show(string text)
    {
        if (!isHidden) terminal.Write(text);
    }
}
