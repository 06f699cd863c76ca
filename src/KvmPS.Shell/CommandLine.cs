namespace KvmPS.Shell;

/// <summary>What kvmsh was asked to run.</summary>
internal enum ShellAction
{
    /// <summary>Nothing was named: the prompt, or standard input if that is no terminal.</summary>
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
/// <param name="NoExit">Whether the prompt follows what is run.</param>
/// <param name="NoLogo">Whether the prompt comes without a greeting.</param>
internal sealed record CommandLine(ShellAction Action, string Text, IReadOnlyList<string> Arguments, bool NonInteractive, bool NoExit, bool NoLogo)
{
    /// <summary>The usage text.</summary>
    public const string Usage = """
        Usage: kvmsh [-NoLogo]                      (at a terminal: the prompt)
               kvmsh [-NoExit] [-NonInteractive] [-File] <script.ps1> [arguments]
               kvmsh [-NoExit] [-NonInteractive] -Command <text>
               kvmsh [-NonInteractive] -            (or piped standard input)
               kvmsh -Help | -Version

        Runs PowerShell with the KvmPS module imported, on machines without pwsh.

          -File            runs a script; what follows are the script's own arguments
          -Command         runs the rest of the line as PowerShell text
          -                runs the text on standard input
          -NoExit          goes on with the prompt after the script or the command
          -NoLogo          begins the prompt without a greeting
          -NonInteractive  questions fail instead of being asked
          -NoProfile       accepted as pwsh does; kvmsh never loads a profile

        At the prompt: Tab completes, Up and Down recall, Ctrl+R searches what was
        entered before, Alt+Enter begins another line, Ctrl+C takes the line back or
        stops what runs, Ctrl+D on an empty line or exit leaves.

        Environment: KVMPS_MODULE_PATH  folder of the KvmPS module to import
                     XDG_STATE_HOME     keeps kvmps/history (default ~/.local/state)
                     NO_COLOR           plain text on terminals too

        Exit code: what the script gives to exit; 1 after an uncaught error; 64 for a
        wrong command line; 70 when the module cannot be loaded; 130 after Ctrl+C.
        """;

    /// <summary>Reads a command line. Options are those of pwsh: case-insensitive, and any unambiguous beginning will do.</summary>
    /// <exception cref="CommandLineException">An option is unknown, ambiguous or lacks its value.</exception>
    public static CommandLine Parse(IReadOnlyList<string> words)
    {
        bool nonInteractive = false;
        bool noExit = false;
        bool noLogo = false;
        for (int i = 0; i < words.Count; i++)
        {
            string word = words[i];
            if (word == "-") return Run(ShellAction.StandardInput, string.Empty, i + 1);
            if (word.Length < 2 || word[0] != '-') return Run(ShellAction.File, word, i + 1);

            switch (Option(word))
            {
                case "noprofile": break;
                case "nologo": noLogo = true; break;
                case "noexit": noExit = true; break;
                case "noninteractive": nonInteractive = true; break;
                case "help" or "?": return Run(ShellAction.Help, string.Empty, words.Count);
                case "version": return Run(ShellAction.Version, string.Empty, words.Count);
                case "file": return Run(ShellAction.File, ValueAfter(i), i + 2);
                case "command" when ValueAfter(i) == "-": return Run(ShellAction.StandardInput, string.Empty, i + 2);
                case "command": return Run(ShellAction.Command, string.Join(' ', words.Skip(i + 1)), words.Count);
            }
        }

        return Run(ShellAction.Unspecified, string.Empty, words.Count);

        CommandLine Run(ShellAction action, string text, int argumentsFrom) => new(action, text, [.. words.Skip(argumentsFrom)], nonInteractive, noExit, noLogo);

        string ValueAfter(int index) =>
            index + 1 < words.Count ? words[index + 1] : throw new CommandLineException($"The option '{words[index]}' needs a value.");
    }

    private static string Option(string word)
    {
        string[] names = ["noprofile", "nologo", "noexit", "noninteractive", "help", "?", "version", "file", "command"];
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
