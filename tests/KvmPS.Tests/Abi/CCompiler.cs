using System.Diagnostics;

namespace KvmPS.Tests.Abi;

/// <summary>The host's C compiler, for checking a program without making anything of it.</summary>
internal static class CCompiler
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Why no program can be checked here, or null.</summary>
    public static string? WhyNot { get; } = Probe();

    /// <summary>The compiler's complaints about a program; empty when it has none.</summary>
    public static string Check(string program)
    {
        using Process gcc = Start();
        Task<string> complaints = gcc.StandardError.ReadToEndAsync();
        gcc.StandardInput.Write(program);
        gcc.StandardInput.Close();
        if (!gcc.WaitForExit(Patience)) throw new TimeoutException("gcc did not end.");
        string text = complaints.GetAwaiter().GetResult();
        return gcc.ExitCode == 0 ? "" : text.Length != 0 ? text : $"gcc ended with {gcc.ExitCode}.";
    }

    private static string? Probe()
    {
        string[] folders = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries);
        if (!folders.Any(static folder => File.Exists(Path.Combine(folder, "gcc")))) return "There is no gcc on this host (Debian package gcc).";
        string complaints = Check("#if !__has_include(<linux/kvm.h>)\n#error no header\n#endif\n");
        return complaints.Length == 0 ? null : "There is no <linux/kvm.h> on this host (Debian package linux-libc-dev).";
    }

    private static Process Start() => Process.Start(new ProcessStartInfo("gcc", ["-std=gnu11", "-fsyntax-only", "-Wno-unused", "-x", "c", "-"])
    {
        UseShellExecute = false,
        RedirectStandardInput = true,
        RedirectStandardError = true,
        Environment = { ["LC_ALL"] = "C" },
    })!;
}
