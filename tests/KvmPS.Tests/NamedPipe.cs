using System.Diagnostics;
using Xunit;

namespace KvmPS.Tests;

/// <summary>Makes named pipes, whose opening waits until somebody opens the other end.</summary>
internal static class NamedPipe
{
    public static void Make(string path)
    {
        using Process process = Process.Start("mkfifo", [path]);
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
    }
}
