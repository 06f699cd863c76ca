namespace KvmPS.Shell;

/// <summary>What kvmsh was asked to run.</summary>
internal enum ShellAction
{
    /// <summary>Nothing was named: standard input, if there is any.</summary>
    Unspecified,

    /// <summary>A script file.</summary>
    File,

    /// <summary>The text of a command.</summary>
    Command,

    /// <summary>The text on standard input, asked for with <c>-</c>.</summary>
    StandardInput,

    /// <summary>The usage text.</summary>
    Help,

    /// <summary>The version.</summary>
    Version,
}

/// <summary>The parsed command line of kvmsh, which is a subset of pwsh's.</summary>
/// <param name="Action">What to run.</param>
/// <param name="Text">The path of the script or the text of the command, empty for the other actions.</param>
/// <param name="Arguments">The script's own arguments, as they were typed.</param>
/// <param name="NonInteractive">Whether prompts fail instead of asking.</param>
internal sealed record CommandLine(ShellAction Action, string Text, IReadOnlyList<string> Arguments, bool NonInteractive)
{
    /// <summary>The usage text.</summary>
    public const string Usage = """
        Usage: kvmsh [-NoProfile] [-NonInteractive] [[-File] <script.ps1> [arguments]]
               kvmsh [-NonInteractive] -Command <text>
               kvmsh [-NonInteractive] -            (or piped standard input)
               kvmsh -Help | -Version

        Runs PowerShell with the KvmPS module imported, on machines without pwsh.

          -File            runs a script; what follows are the script's own arguments
          -Command         runs the rest of the line as PowerShell text
          -                runs the text on standard input
          -NonInteractive  prompts fail instead of asking
          -NoProfile       accepted as pwsh does; kvmsh never loads a profile

        Environment: KVMPS_MODULE_PATH  folder of the KvmPS module to import
                     NO_COLOR           plain text on terminals too

        Exit code: what the script gives to exit; 1 after an uncaught error; 64 for a
        wrong command line; 70 when the module cannot be loaded; 130 after Ctrl+C.
        """;

    /// <summary>Reads a command line. Options are those of pwsh: case-insensitive, and any unambiguous beginning will do.</summary>
    /// <exception cref="CommandLineException">An option is unknown, ambiguous or lacks its value.</exception>
    public static CommandLine Parse(IReadOnlyList<string> words)
    {
        bool nonInteractive = false;
        for (int i = 0; i < words.Count; i++)
        {
            string word = words[i];
            if (word == "-") return Run(ShellAction.StandardInput, string.Empty, i + 1);
            if (word.Length < 2 || word[0] != '-') return Run(ShellAction.File, word, i + 1);

            switch (Option(word))
            {
                case "noprofile" or "nologo": break;
                case "noninteractive": nonInteractive = true; break;
                case "help" or "?": return Run(ShellAction.Help, string.Empty, words.Count);
                case "version": return Run(ShellAction.Version, string.Empty, words.Count);
                case "file": return Run(ShellAction.File, ValueAfter(i), i + 2);
                case "command" when ValueAfter(i) == "-": return Run(ShellAction.StandardInput, string.Empty, i + 2);
                case "command": return Run(ShellAction.Command, string.Join(' ', words.Skip(i + 1)), words.Count);
            }
        }

        return Run(ShellAction.Unspecified, string.Empty, words.Count);

        CommandLine Run(ShellAction action, string text, int argumentsFrom) => new(action, text, [.. words.Skip(argumentsFrom)], nonInteractive);

        string ValueAfter(int index) =>
            index + 1 < words.Count ? words[index + 1] : throw new CommandLineException($"The option '{words[index]}' needs a value.");
    }

    private static string Option(string word)
    {
        string[] names = ["noprofile", "nologo", "noninteractive", "help", "?", "version", "file", "command"];
        string typed = word.TrimStart('-').ToLowerInvariant();
        string[] matches = [.. names.Where(name => name.StartsWith(typed, StringComparison.Ordinal))];
        return matches.Length switch
        {
            1 => matches[0],
            0 => throw new CommandLineException($"The option '{word}' is unknown."),
            _ => throw new CommandLineException($"The option '{word}' is ambiguous: {string.Join(", ", matches.Select(name => "-" + name))}."),
        };
    }
}

/// <summary>The command line cannot be understood; the message says why.</summary>
internal sealed class CommandLineException(string message) : Exception(message);
