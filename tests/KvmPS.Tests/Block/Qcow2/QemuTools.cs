using System.Diagnostics;
using Xunit;

namespace KvmPS.Tests.Block.Qcow2;

/// <summary>qemu-img and qemu-io as a second opinion on images; tests skip visibly without them.</summary>
internal static class QemuTools
{
    private const int Attempts = 20;
    private const string NoClock = "Unable to get accurate CPU usage"; // it times key derivation by a CPU clock that a busy or virtual host may not have moved
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Runs qemu-img, which must succeed, and returns what it said.</summary>
    public static string Img(params string[] arguments)
    {
        (int code, string report) = Run("qemu-img", arguments);
        for (int attempt = 1; attempt < Attempts && code != 0 && report.Contains(NoClock, StringComparison.Ordinal); attempt++) (code, report) = Run("qemu-img", arguments);
        Assert.True(code == 0, $"qemu-img {string.Join(' ', arguments)} ended with {code}:\n{report}");
        return report;
    }

    /// <summary>Runs commands of qemu-io on an image.</summary>
    public static void Io(string path, params string[] commands)
    {
        string[] arguments = [.. commands.SelectMany(static command => new[] { "-c", command }), "-f", "qcow2", path];
        (int code, string report) = Run("qemu-io", arguments);
        Assert.True(code == 0 && !report.Contains("failed", StringComparison.OrdinalIgnoreCase), $"qemu-io {string.Join(' ', arguments)}:\n{report}");
    }

    /// <summary>Asserts that a check finds nothing, or only leaks.</summary>
    public static void Check(string path, bool allowLeaks = false)
    {
        (int code, string report) = Run("qemu-img", "check", "-f", "qcow2", path);
        Assert.True(code == 0 || (allowLeaks && code == 3), $"qemu-img check of '{path}' ended with {code}:\n{report}");
    }

    /// <summary>Asserts that two images have the same content.</summary>
    public static void Same(string path, string raw) => Img("compare", "-f", "qcow2", "-F", "raw", path, raw);

    /// <summary>Runs a tool, whatever comes of it.</summary>
    public static (int Code, string Report) Run(string tool, params string[] arguments)
    {
        string? program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(path => Path.Combine(path, tool)).FirstOrDefault(File.Exists);
        Assert.SkipUnless(program is not null, $"There is no {tool} on this host (Debian package qemu-utils).");
        var info = new ProcessStartInfo(program!, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        using Process process = Process.Start(info)!;
        Task<string> errors = process.StandardError.ReadToEndAsync();
        string report = process.StandardOutput.ReadToEnd();
        Assert.True(process.WaitForExit(Patience), $"{tool} did not end.");
        return (process.ExitCode, report + errors.GetAwaiter().GetResult());
    }
}
