using System.Diagnostics;

namespace KvmPS.Stress.Storage;

/// <summary>What <c>qemu-img check</c> says of an image.</summary>
internal enum ImageVerdict
{
    /// <summary>Nothing is wrong.</summary>
    Clean = 0,

    /// <summary>The image could not be checked: it is not even an image.</summary>
    NotChecked = 1,

    /// <summary>Guest data may be wrong, or become so.</summary>
    Corrupt = 2,

    /// <summary>Room is lost, but no data.</summary>
    Leaky = 3,
}

/// <summary>QEMU's program for images as a second opinion (Debian package qemu-utils). Tests say with it why they skip.</summary>
internal static class QemuImg
{
    private const int MostLines = 12; // of a check: one line says what is wrong, hundreds say it of each cluster

    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);
    private static readonly string? Program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
        .Select(static path => Path.Combine(path, "qemu-img")).FirstOrDefault(File.Exists);

    /// <summary>Why it cannot be used here, or null.</summary>
    public static string? WhyNot => Program is null ? "There is no qemu-img on this host (Debian package qemu-utils)." : null;

    /// <summary>Runs it. Its exit code, and everything that it wrote.</summary>
    /// <exception cref="InvalidOperationException">It is not here, or does not end.</exception>
    public static (int ExitCode, string Output) TryRun(params IEnumerable<string> arguments)
    {
        var info = new ProcessStartInfo(Program ?? throw new InvalidOperationException(WhyNot), arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(info)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Task<string> output = process.StandardOutput.ReadToEndAsync();
        if (!process.WaitForExit(Patience))
        {
            process.Kill();
            throw new InvalidOperationException($"qemu-img {string.Join(' ', arguments)} does not end.");
        }

        return (process.ExitCode, output.GetAwaiter().GetResult() + errors.GetAwaiter().GetResult());
    }

    /// <summary>Runs it and expects success. What it wrote.</summary>
    /// <exception cref="InvalidOperationException">It failed; the message says how.</exception>
    public static string Run(params IEnumerable<string> arguments)
    {
        (int exitCode, string output) = TryRun(arguments);
        return exitCode == 0 ? output : throw new InvalidOperationException($"qemu-img {string.Join(' ', arguments)} ended with {exitCode}:\n{output}");
    }

    /// <summary>Checks an image.</summary>
    /// <param name="path">The image.</param>
    /// <param name="format">Its format.</param>
    /// <param name="repair">Whether what it finds is repaired first: the verdict is then of what is left.</param>
    public static (ImageVerdict Verdict, string Output) Check(string path, string format = "qcow2", bool repair = false)
    {
        string[] repairing = repair ? ["-r", "all"] : [];
        (int exitCode, string output) = TryRun(["check", "-f", format, .. repairing, path]);
        output = string.Join('\n', output.Split('\n', MostLines + 1).Take(MostLines));
        return exitCode is >= 0 and <= 3 ? ((ImageVerdict)exitCode, output) : (ImageVerdict.NotChecked, $"exit code {exitCode}: {output}");
    }

    /// <summary>What differs between two images as a guest sees them, or null.</summary>
    public static string? Compare(string path, string format, string other, string otherFormat)
    {
        (int exitCode, string output) = TryRun("compare", "-f", format, "-F", otherFormat, path, other);
        return exitCode == 0 ? null : $"exit code {exitCode}: {output}";
    }
}
