using System.Globalization;
using System.Management.Automation;
using System.Management.Automation.Internal;

namespace KvmPS.Shell.Host;

/// <summary>What the process's standard streams are connected to, and how wide and how colourful they may be.</summary>
internal static class Terminal
{
    /// <summary>The width, in columns, of output that goes to a file or a pipe.</summary>
    public const int RedirectedWidth = 120;

    private const int RedirectedHeight = 50;

    /// <summary>Whether standard output is a terminal that understands escape sequences.</summary>
    public static bool OutputHasColor { get; } = !Console.IsOutputRedirected && AllowsColor;

    /// <summary>Whether standard error is a terminal that understands escape sequences.</summary>
    public static bool ErrorHasColor { get; } = !Console.IsErrorRedirected && AllowsColor;

    /// <summary>Whether questions can be put to somebody: a terminal at both ends.</summary>
    public static bool CanAsk { get; } = !Console.IsInputRedirected && !(Console.IsOutputRedirected && Console.IsErrorRedirected);

    /// <summary>The width of the output in columns: the terminal's, else <c>COLUMNS</c>, else <see cref="RedirectedWidth"/>.</summary>
    public static int Width
    {
        get
        {
            if (!Console.IsOutputRedirected && Console.WindowWidth > 0) return Console.WindowWidth;
            return int.TryParse(Environment.GetEnvironmentVariable("COLUMNS"), NumberStyles.None, CultureInfo.InvariantCulture, out int columns) && columns > 0
                ? columns
                : RedirectedWidth;
        }
    }

    /// <summary>The height of the output in rows.</summary>
    public static int Height => !Console.IsOutputRedirected && Console.WindowHeight > 0 ? Console.WindowHeight : RedirectedHeight;

    private static bool AllowsColor =>
        string.IsNullOrEmpty(Environment.GetEnvironmentVariable("NO_COLOR")) && Environment.GetEnvironmentVariable("TERM") is not (null or "" or "dumb");

    /// <summary>The text as a stream may show it: escape sequences removed where they would be noise.</summary>
    public static string Decorate(string text, bool color) =>
        color ? text : new StringDecorated(text).ToString(OutputRendering.PlainText);
}
