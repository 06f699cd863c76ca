namespace KvmPS.Shell.Editing;

/// <summary>The terminal as the line editor sees it: keys come in, text with escape sequences goes out.</summary>
internal interface IEditorTerminal
{
    /// <summary>The width in columns.</summary>
    int Width { get; }

    /// <summary>The height in rows.</summary>
    int Height { get; }

    /// <summary>Whether a key waits to be read; what is typed or pasted faster than it is drawn need not be drawn in between.</summary>
    bool HasKey { get; }

    /// <summary>Lets Ctrl+C come as a key, and pasted text in brackets, until <see cref="Release"/>.</summary>
    void Take();

    /// <summary>Gives the terminal back to programs, and makes Ctrl+C a signal again.</summary>
    void Release();

    /// <summary>Waits for a key.</summary>
    /// <exception cref="OperationCanceledException">The wait was ended, by a signal say.</exception>
    /// <exception cref="EndOfStreamException">The terminal is gone.</exception>
    ConsoleKeyInfo ReadKey();

    /// <summary>Writes text and escape sequences as they are.</summary>
    void Write(string text);
}
