using System.Text;

namespace KvmPS.Shell.Editing;

/// <summary>
/// Pasted text, which a terminal puts between two control sequences when it is asked to (xterm's mode 2004), so that a pasted line feed is a line feed and
/// not Enter. The console gives control sequences that it does not know as Alt+[ and the keys that follow.
/// </summary>
internal static class BracketedPaste
{
    /// <summary>Asks the terminal for brackets.</summary>
    public const string On = "\e[?2004h";

    /// <summary>Asks it for none.</summary>
    public const string Off = "\e[?2004l";

    private const string Start = "200~";
    private const string End = "201~";

    /// <summary>Whether a key begins a control sequence.</summary>
    public static bool BeginsSequence(ConsoleKeyInfo key) => key is { KeyChar: '[', Modifiers: ConsoleModifiers.Alt };

    /// <summary>Reads the rest of the control sequence, and what was pasted if that is what it announces.</summary>
    /// <returns>The text, its lines divided by line feeds; empty for other sequences.</returns>
    public static string Read(IEditorTerminal terminal)
    {
        if (Sequence(terminal) != Start) return string.Empty;
        StringBuilder text = new();
        while (true)
        {
            ConsoleKeyInfo key = terminal.ReadKey();
            if (!BeginsSequence(key))
            {
                text.Append(CharacterOf(key));
                continue;
            }

            string sequence = Sequence(terminal);
            if (sequence == End) return text.Replace("\r\n", "\n").Replace('\r', '\n').ToString();
            text.Append('[').Append(sequence);
        }
    }

    // Parameters, then one final character; a terminal sends them all at once.
    private static string Sequence(IEditorTerminal terminal)
    {
        StringBuilder sequence = new();
        while (terminal.HasKey)
        {
            char next = terminal.ReadKey().KeyChar;
            sequence.Append(next);
            if (next is >= '@' and <= '~') break;
        }

        return sequence.ToString();
    }

    private static string CharacterOf(ConsoleKeyInfo key) => key.Key switch
    {
        ConsoleKey.Enter => "\n",
        _ when key.KeyChar == '\0' => string.Empty,
        _ => key.KeyChar.ToString(),
    };
}
