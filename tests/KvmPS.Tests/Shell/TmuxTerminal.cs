using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace KvmPS.Tests.Shell;

/// <summary>A terminal with a POSIX shell in it, a keyboard for the test and a screen that it can read. Needs tmux.</summary>
internal sealed class TmuxTerminal : IDisposable
{
    /// <summary>A shell starts and a guest boots meanwhile, beside all other tests.</summary>
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly string _socket;

    /// <summary>Opens one, with a shell that waits for commands.</summary>
    /// <param name="folder">Where the shell starts; also gets the socket.</param>
    public TmuxTerminal(string folder)
    {
        _socket = Path.Combine(folder, "tmux");
        Tmux("-f", "/dev/null", "new-session", "-d", "-x", "120", "-y", "40", "-c", folder, "env", "-u", "NO_COLOR", "PS1=$ ", "sh");
        Device = Tmux("display-message", "-p", "#{pane_tty}").Trim();
        WaitFor("$ ");
    }

    /// <summary>Why there can be none on this host, or null.</summary>
    public static string? WhyNot { get; } = Probe();

    /// <summary>The device of the terminal, such as <c>/dev/pts/3</c>.</summary>
    public string Device { get; }

    /// <summary>What the screen shows, without the blanks behind the last character of each line.</summary>
    public string Screen => Tmux("capture-pane", "-p", "-J");

    /// <summary>Types text as it is.</summary>
    public void Type(string text) => Tmux("send-keys", "-l", text);

    /// <summary>Presses keys by their names: <c>Enter</c>, <c>C-c</c>, <c>Up</c>.</summary>
    public void Press(params ReadOnlySpan<string> keys) => Tmux(["send-keys", .. keys]);

    /// <summary>Waits until the screen shows a text.</summary>
    public void WaitFor(string text) => WaitFor(screen => screen.Contains(text, StringComparison.Ordinal), $"the screen to show '{text}'");

    /// <summary>Waits until the screen matches a pattern.</summary>
    public void WaitFor(Regex pattern) => WaitFor(pattern.IsMatch, $"the screen to match '{pattern}'");

    /// <summary>Waits for something.</summary>
    /// <param name="condition">Is given the screen.</param>
    /// <param name="what">The condition in words.</param>
    /// <exception cref="TimeoutException">It does not come.</exception>
    public void WaitFor(Func<string, bool> condition, string what)
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition(Screen))
        {
            if (Stopwatch.GetElapsedTime(start) > Limit) throw new TimeoutException($"Waited in vain for {what}. The screen:\n{Screen}");
            Thread.Sleep(50);
        }
    }

    /// <summary>The settings of the terminal, or a change of them, as <c>stty</c> has it.</summary>
    public string Stty(params string[] arguments) => Run("stty", ["-F", Device, .. arguments]);

    /// <summary>Makes the window larger or smaller, as a user does with the mouse.</summary>
    public void Resize(int columns, int rows) => Tmux("resize-window", "-x", columns.ToString(CultureInfo.InvariantCulture), "-y", rows.ToString(CultureInfo.InvariantCulture));

    /// <summary>Takes the terminal away from all that runs in it.</summary>
    public void Dispose() => Tmux("kill-server");

    private static string? Probe()
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        return folders.Any(static folder => File.Exists(Path.Combine(folder, "tmux"))) ? null : "There is no tmux on this host (Debian package tmux).";
    }

    private static string Run(string program, IEnumerable<string> arguments)
    {
        using Process process = Process.Start(new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
        Task<string> error = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0 ? output : throw new InvalidOperationException($"{program} {string.Join(' ', arguments)}: {error.GetAwaiter().GetResult()}");
    }

    private string Tmux(params ReadOnlySpan<string> arguments) => Run("tmux", ["-S", _socket, .. arguments]);
}
