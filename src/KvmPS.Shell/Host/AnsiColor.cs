namespace KvmPS.Shell.Host;

/// <summary>The escape sequences (ECMA-48, SGR) of the sixteen console colours.</summary>
internal static class AnsiColor
{
    /// <summary>Back to the terminal's own colours.</summary>
    public const string Reset = "\e[0m";

    // The bit for red and the bit for blue have changed places between ConsoleColor and SGR.
    private static readonly int[] Order = [0, 4, 2, 6, 1, 5, 3, 7];

    /// <summary>The sequence that sets both colours. A value outside the sixteen means the terminal's own colour.</summary>
    public static string Set(ConsoleColor foreground, ConsoleColor background) => $"\e[{Code(foreground, 30, 90)};{Code(background, 40, 100)}m";

    private static int Code(ConsoleColor color, int dark, int bright) => (int)color switch
    {
        < 0 or > 15 => dark + 9,
        < 8 => dark + Order[(int)color],
        _ => bright + Order[(int)color - 8],
    };
}
