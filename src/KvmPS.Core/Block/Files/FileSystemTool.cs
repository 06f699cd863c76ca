using System.Diagnostics;

namespace KvmPS.Core.Block.Files;

/// <summary>A program of the host that makes a file system in a raw image, such as <c>mkfs.ext4</c>.</summary>
public sealed class FileSystemTool
{
    private static readonly string[] SystemFolders = ["/usr/sbin", "/sbin", "/usr/local/sbin"]; // not in every user's PATH

    /// <summary>What each one is called, and the options that keep it from asking.</summary>
    private static readonly FileSystemTool[] All =
    [
        new("ext2", "e2fsprogs", "-q", "-F"),
        new("ext3", "e2fsprogs", "-q", "-F"),
        new("ext4", "e2fsprogs", "-q", "-F"),
        new("vfat", "dosfstools"),
        new("xfs", "xfsprogs", "-q", "-f"),
        new("btrfs", "btrfs-progs", "-q", "-f"),
    ];

    private readonly string[] _options;

    private FileSystemTool(string fileSystem, string package, params string[] options) => (FileSystem, Package, _options) = (fileSystem, package, options);

    /// <summary>The names of the file systems.</summary>
    public static IEnumerable<string> Names => All.Select(static tool => tool.FileSystem);

    /// <summary>The file system's name.</summary>
    public string FileSystem { get; }

    /// <summary>The package that has the program, under Debian's name, which other distributions share.</summary>
    public string Package { get; }

    /// <summary>The program's name.</summary>
    public string Program => $"mkfs.{FileSystem}";

    /// <summary>The tool for a file system; null when none is known.</summary>
    public static FileSystemTool? For(string fileSystem) => All.FirstOrDefault(tool => tool.FileSystem == fileSystem);

    /// <summary>Where the program is; null when the host has none.</summary>
    public string? Find() => (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':', StringSplitOptions.RemoveEmptyEntries).Concat(SystemFolders)
        .Select(folder => Path.Combine(folder, Program)).FirstOrDefault(File.Exists);

    /// <summary>Makes the file system, over all of an image.</summary>
    /// <param name="image">A raw image.</param>
    /// <param name="cancellation">Ends the program; the image is of no use then.</param>
    /// <exception cref="FileNotFoundException">The host has no such program.</exception>
    /// <exception cref="FileSystemException">The program failed.</exception>
    public void Run(string image, CancellationToken cancellation)
    {
        string program = Find() ?? throw new FileNotFoundException($"There is no {Program} on this host.", Program);
        var start = new ProcessStartInfo(program) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (string argument in _options) start.ArgumentList.Add(argument);
        start.ArgumentList.Add(image);
        using Process process = Process.Start(start)!;
        process.StandardInput.Close(); // it is not to ask anything
        using CancellationTokenRegistration stop = cancellation.Register(process.Kill);
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None); // it ends with the program
        string problem = process.StandardError.ReadToEnd();
        process.WaitForExit();
        cancellation.ThrowIfCancellationRequested();
        if (process.ExitCode != 0) throw new FileSystemException(Program, process.ExitCode, $"{problem}\n{output.Result}");
    }
}
