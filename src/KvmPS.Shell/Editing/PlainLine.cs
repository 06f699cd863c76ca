using System.Globalization;
using System.Text;

namespace KvmPS.Shell.Editing;

/// <summary>A line typed on a terminal that need not understand escape sequences, or one that is not shown, whose end is not shown either.</summary>
/// <param name="terminal">The terminal.</param>
/// <param name="isHidden">Whether nothing of it is shown, as for a password.</param>
internal sealed class PlainLine(IEditorTerminal terminal, bool isHidden = false)
{
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
                if (Handle(terminal.ReadKey(), typed) is { } line) return line;
            }
        }
        finally
        {
            terminal.Release();
        }
    }

    private EditedLine? Handle(ConsoleKeyInfo key, StringBuilder typed)
    {
        if (BracketedPaste.BeginsSequence(key))
        {
            string pasted = BracketedPaste.Read(terminal).ReplaceLineEndings(" ");
            typed.Append(pasted);
            Show(pasted);
            return null;
        }

        switch (KeyBindings.Of(key))
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
                typed.Append(key.KeyChar);
                Show(key.KeyChar.ToString());
                break;
        }

        return null;
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
