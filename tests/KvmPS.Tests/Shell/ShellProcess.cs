using System.Diagnostics;

namespace KvmPS.Tests.Shell;

/// <summary>What a process left behind.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Output">All of its standard output.</param>
/// <param name="Error">All of its standard error.</param>
internal sealed record ShellResult(int ExitCode, string Output, string Error);

/// <summary>Runs the built programs as users run them, with pipes for their streams.</summary>
internal static class ShellProcess
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    /// <summary>Runs a program to its end.</summary>
    /// <param name="program">The path of the program.</param>
    /// <param name="arguments">Its arguments, each as one word.</param>
    /// <param name="environment">Variables to set.</param>
    /// <param name="input">Its standard input, or null for an empty one.</param>
    /// <param name="signal">A signal to send as soon as the program prints <c>ready</c>.</param>
    public static async Task<ShellResult> Run(
        string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null, string? input = null, string? signal = null)
    {
        using Process process = Start(program, arguments, environment);
        process.StandardInput.Write(input);
        process.StandardInput.Close();
        Task<string> error = process.StandardError.ReadToEndAsync();
        string start = string.Empty;
        if (signal is not null)
        {
            while (await process.StandardOutput.ReadLineAsync() is { } line)
            {
                start += line + "\n";
                if (line == "ready") break;
            }

            using Process kill = Process.Start("sh", ["-c", $"kill -{signal} {process.Id}"]);
            await kill.WaitForExitAsync();
        }

        using CancellationTokenSource limit = new(Limit);
        string rest = await process.StandardOutput.ReadToEndAsync(limit.Token);
        await process.WaitForExitAsync(limit.Token);
        return new ShellResult(process.ExitCode, start + rest, await error);
    }

    /// <summary>The path of a program that the solution builds, in the configuration of this test.</summary>
    public static string Built(string project, string name)
    {
        string configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        return RepositoryRoot.Combine(project, "bin", configuration, "net10.0", "linux-x64", name);
    }

    private static Process Start(string program, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment)
    {
        ProcessStartInfo start = new(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach ((string key, string value) in environment ?? new Dictionary<string, string>(StringComparer.Ordinal)) start.Environment[key] = value;
        return Process.Start(start)!;
    }
}
