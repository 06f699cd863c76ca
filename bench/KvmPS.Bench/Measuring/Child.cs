using KvmPS.Bench.Benches;
using System.Diagnostics;

namespace KvmPS.Bench.Measuring;

/// <summary>A program run to its end, with its time and CPU use.</summary>
/// <param name="Output">What it wrote to standard output.</param>
/// <param name="Errors">What it wrote to standard error.</param>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Seconds">From before its start to its end.</param>
/// <param name="Cpu">All its threads and waited-for children.</param>
internal sealed record Child(string Output, string Errors, int ExitCode, double Seconds, CpuUse Cpu)
{
    private const int LongestQuote = 500;

    /// <summary>Runs a program. One at a time: CPU use is told apart by what is added to that of all children.</summary>
    /// <param name="program">A path, or a name on PATH.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="environment">Variables besides ours.</param>
    /// <exception cref="BenchNotPossibleException">There is no such program.</exception>
    public static Child Run(string program, IEnumerable<string> arguments, params ReadOnlySpan<(string Name, string Value)> environment)
    {
        CpuUse before = CpuUse.OfChildren();
        long start = Stopwatch.GetTimestamp();
        using Process process = Start(program, arguments, environment);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        return new Child(output, errors.GetAwaiter().GetResult(), process.ExitCode, seconds, CpuUse.OfChildren() - before);
    }

    /// <summary>Runs a program until it has written a text, then ends it. Returns the seconds from before its start to the text.</summary>
    /// <exception cref="BenchNotPossibleException">There is no such program, or it ended without the text.</exception>
    public static double RunUntil(string text, string program, IEnumerable<string> arguments)
    {
        long start = Stopwatch.GetTimestamp();
        using Process process = Start(program, arguments, []);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        int matched = 0;
        while (matched < text.Length && process.StandardOutput.Read() is >= 0 and int next)
            matched = next == text[matched] ? matched + 1 : next == text[0] ? 1 : 0;

        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        if (!process.HasExited) process.Kill();
        process.WaitForExit();
        return matched == text.Length ? seconds : throw new BenchNotPossibleException($"{program} ended without '{text}': {errors.GetAwaiter().GetResult()}");
    }

    /// <summary>This child, if it ended well.</summary>
    /// <exception cref="BenchNotPossibleException">It did not.</exception>
    public Child Checked(string what) => ExitCode == 0 ? this : throw new BenchNotPossibleException($"{what} ended with {ExitCode}: {Head(Errors)}{Head(Output)}");

    private static string Head(string text) => text.Length <= LongestQuote ? text : text[..LongestQuote] + "…";

    private static Process Start(string program, IEnumerable<string> arguments, ReadOnlySpan<(string Name, string Value)> environment)
    {
        var info = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach ((string name, string value) in environment) info.Environment[name] = value;
        try
        {
            Process process = Process.Start(info)!;
            process.StandardInput.Close();
            return process;
        }
        catch (System.ComponentModel.Win32Exception error)
        {
            throw new BenchNotPossibleException($"{program} cannot be started: {error.Message}");
        }
    }
}
