using System.Diagnostics;
using Xunit;

namespace KvmPS.Tests.Boot;

/// <summary>ACPICA's compiler and disassembler as a second opinion on tables; tests skip visibly without it.</summary>
internal static class Iasl
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(2);

    /// <summary>Disassembles a table: the source, and everything that iasl said.</summary>
    public static (string Source, string Report) Disassemble(byte[] table)
    {
        using var folder = new Folder();
        string report = Disassemble(folder, table);
        return (File.ReadAllText(folder.Path("table.dsl")), report);
    }

    /// <summary>Disassembles a table and assembles the source: iasl's own bytes for what it understood.</summary>
    public static byte[] Reassemble(byte[] table)
    {
        using var folder = new Folder();
        Disassemble(folder, table);
        Run(folder, "-p", "again", "table.dsl");
        return File.ReadAllBytes(folder.Path("again.aml"));
    }

    /// <summary>Assembles a source.</summary>
    public static byte[] Assemble(string source)
    {
        using var folder = new Folder();
        File.WriteAllText(folder.Path("table.asl"), source);
        Run(folder, "-p", "table", "table.asl");
        return File.ReadAllBytes(folder.Path("table.aml"));
    }

    private static string Disassemble(Folder folder, byte[] table)
    {
        File.WriteAllBytes(folder.Path("table.dat"), table);
        return Run(folder, "-d", "table.dat");
    }

    private static string Run(Folder folder, params string[] arguments)
    {
        string? program = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries)
            .Select(static path => Path.Combine(path, "iasl")).FirstOrDefault(File.Exists);
        Assert.SkipUnless(program is not null, "There is no iasl on this host (Debian package acpica-tools).");

        var info = new ProcessStartInfo(program!, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true, WorkingDirectory = folder.Root };
        using Process iasl = Process.Start(info)!;
        Task<string> errors = iasl.StandardError.ReadToEndAsync();
        string report = iasl.StandardOutput.ReadToEnd();
        Assert.True(iasl.WaitForExit(Patience), "iasl did not end.");
        report += errors.GetAwaiter().GetResult();
        Assert.True(iasl.ExitCode == 0, $"iasl {string.Join(' ', arguments)} ended with {iasl.ExitCode}:\n{report}");
        return report;
    }

    private sealed class Folder : IDisposable
    {
        public string Root { get; } = Directory.CreateTempSubdirectory("kvmps-iasl-").FullName;

        public string Path(string name) => System.IO.Path.Combine(Root, name);

        public void Dispose() => Directory.Delete(Root, recursive: true);
    }
}
