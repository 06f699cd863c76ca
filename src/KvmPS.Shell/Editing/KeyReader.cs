using System.Text;

namespace KvmPS.Shell.Editing;

/// <summary>What came from the keyboard: a key, or text that was pasted.</summary>
/// <param name="Key">The key; without meaning when there is text.</param>
/// <param name="Pasted">The text, its lines divided by line feeds, or null.</param>
internal readonly record struct KeyInput(ConsoleKeyInfo Key, string? Pasted);

/// <summary>
/// Reads keys, and pasted text as a whole: a terminal puts that between two control sequences when it is asked to (xterm's mode 2004), so that a pasted line
/// feed is a line feed and not Enter. The console gives control sequences that it does not know key by key, the first one as Escape or with Alt.
/// </summary>
internal sealed class KeyReader(IEditorTerminal terminal)
{
    /// <summary>Asks the terminal to mark pasted text.</summary>
    public const string MarkPastes = "\e[?2004h";

    /// <summary>Asks it to do so no more.</summary>
    public const string LeavePastes = "\e[?2004l";

    private const string Start = "200~";
    private const string End = "201~";

    private ConsoleKeyInfo? _next;

    /// <summary>Whether something can be read at once.</summary>
    public bool HasKey => _next is not null || terminal.HasKey;

    /// <summary>Waits for a key or a paste. A control sequence that means nothing to the console is a paste of nothing.</summary>
    /// <inheritdoc cref="IEditorTerminal.ReadKey"/>
    public KeyInput Read()
    {
        ConsoleKeyInfo key = Next();
        if (!BeginsSequence(key)) return new KeyInput(key, Pasted: null);
        return new KeyInput(key, Sequence() == Start ? Paste() : string.Empty);
    }

    private ConsoleKeyInfo Next()
    {
        ConsoleKeyInfo key = _next ?? terminal.ReadKey();
        _next = null;
        return key;
    }

    // An Escape that somebody pressed comes alone.
    private bool BeginsSequence(ConsoleKeyInfo key)
    {
        if (key is { KeyChar: '[', Modifiers: ConsoleModifiers.Alt }) return true;
        if (key.Key != ConsoleKey.Escape || !terminal.HasKey) return false;
        ConsoleKeyInfo next = terminal.ReadKey();
        if (next.KeyChar == '[') return true;
        _next = next;
        return false;
    }

    // Parameters, then one final character; a terminal sends them all at once.
    private string Sequence()
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

    private string Paste()
    {
        StringBuilder text = new();
        while (true)
        {
            ConsoleKeyInfo key = Next();
            if (!BeginsSequence(key))
            {
                text.Append(key.Key == ConsoleKey.Enter ? "\n" : key.KeyChar.ToString());
                continue;
            }

            string sequence = Sequence();
            if (sequence == End) return text.Replace("\0", string.Empty).ToString();
            text.Append('[').Append(sequence);
        }
    }
}
