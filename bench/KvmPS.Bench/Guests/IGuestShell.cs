namespace KvmPS.Bench.Guests;

/// <summary>The shell of the Linux test guest on a console, on our machine or a peer's.</summary>
internal interface IGuestShell : IDisposable
{
    /// <summary>Types a command, waits until it is done, and returns what it printed.</summary>
    string Run(string command);

    /// <summary>How often vCPUs have left the guest for their monitor because of device memory.</summary>
    long MmioExits { get; }
}

/// <summary>How a command is typed so that its end can be told from its echo.</summary>
internal static class GuestCommand
{
    /// <summary>What the shell prints when it waits.</summary>
    public const string Prompt = "/ # ";

    /// <summary>What comes behind the output of a command.</summary>
    public const string End = "command-is-done";

    /// <summary>The line to type: its echo has quotes in the word that its output has not.</summary>
    public static string Line(string command) => $"{command}; echo command-'is'-done\r";
}
