using System.Diagnostics;
using KvmPS.Tests.Block;
using Xunit;

namespace KvmPS.Tests.Native;

/// <summary>A file system in memory with little room. The test is skipped where this user may not mount one.</summary>
internal sealed class SmallFileSystem : IDisposable
{
    private readonly TestFolder _folder = new();

    private SmallFileSystem()
    {
    }

    public string this[string name] => _folder[name];

    /// <summary>Mounts one with so many bytes.</summary>
    public static SmallFileSystem Mount(int size)
    {
        var made = new SmallFileSystem();
        if (HostTool.Run("mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", made._folder.Path).ExitCode == 0) return made;
        made._folder.Dispose();
        Assert.Skip("This user may not mount a file system.");
        return made;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        HostTool.Run("umount", "-l", _folder.Path);
        _folder.Dispose();
    }
}

/// <summary>A file as a block device. The test is skipped where this user may not make one.</summary>
internal sealed class LoopDevice : IDisposable
{
    private LoopDevice(string path) => Path = path;

    public string Path { get; }

    /// <summary>Makes a device with blocks of so many bytes.</summary>
    public static LoopDevice Of(string file, int blockSize)
    {
        (int exitCode, string output, _) = HostTool.Run("losetup", "--show", "--find", "--sector-size", blockSize.ToString(System.Globalization.CultureInfo.InvariantCulture), file);
        Assert.SkipWhen(exitCode != 0, "This user may not make a loop device.");
        return new LoopDevice(output.Trim());
    }

    /// <inheritdoc/>
    public void Dispose() => HostTool.Run("losetup", "--detach", Path);
}

/// <summary>Runs a program of the host to its end.</summary>
internal static class HostTool
{
    /// <summary>Its exit code and what it said; 127 when it is not there.</summary>
    public static (int ExitCode, string Output, string Error) Run(string name, params string[] arguments)
    {
        try
        {
            using Process process = Process.Start(new ProcessStartInfo(name, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true })!;
            Task<string> error = process.StandardError.ReadToEndAsync();
            string output = process.StandardOutput.ReadToEnd();
            if (!process.WaitForExit(TimeSpan.FromMinutes(1))) throw new TimeoutException($"{name} did not end.");
            return (process.ExitCode, output, error.GetAwaiter().GetResult());
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return (127, "", $"There is no {name} on this host.");
        }
    }
}
