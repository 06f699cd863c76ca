namespace KvmPS.Core.Guest;

/// <summary>
/// What is typed for one command: a word that begins its output, the command in a subshell, and the word again with its exit code. The command is one quoted
/// word for <c>eval</c>, so that no quote or parenthesis that it leaves open swallows what comes behind it.
/// </summary>
internal sealed class ShellFrame
{
    private readonly ShellNonce _nonce = ShellNonce.Create();

    /// <summary>The frame of a command.</summary>
    /// <exception cref="ArgumentException">The command has a NUL, which no shell can hold.</exception>
    public ShellFrame(GuestCommand command)
    {
        if (command.Text.Contains('\0', StringComparison.Ordinal)) throw new ArgumentException("A command cannot have a NUL character.", nameof(command));
        string text = ShellQuote.Word(command.Text.ReplaceLineEndings("\n"));
        string work = command switch
        {
            { InputFile: { } file } => $"(eval {text})<{file}",
            { Input: { Length: > 0 } input } => $"printf {ShellQuote.Format(input)}|(eval {text})",
            _ => $"(eval {text})</dev/null",
        };
        string tidy = command.InputFile is null ? "" : $";rm -f {command.InputFile}";
        Line = $" echo {_nonce.Typed};{work};echo {_nonce.Typed}:$?{tidy}";
    }

    /// <summary>What is typed; it may have several lines. It begins with a space, which keeps it out of the history of many shells.</summary>
    public string Line { get; }

    /// <summary>The word.</summary>
    public byte[] Word => _nonce.Word;
}
