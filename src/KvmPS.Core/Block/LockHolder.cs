using System.Globalization;
using KvmPS.Native;

namespace KvmPS.Core.Block;

/// <summary>
/// Finds who has locks on a file, for a message: the kernel tells whose a lock is only beside each descriptor, in <c>/proc/*/fdinfo</c> [proc-5].
/// </summary>
internal static class LockHolder
{
    /// <summary>The first other process with a lock on a file, or this one; null when none may be seen.</summary>
    public static string? Find(FileIdentity file)
    {
        string mark = string.Create(CultureInfo.InvariantCulture, $" {file.DeviceMajor:x2}:{file.DeviceMinor:x2}:{file.Inode} ");
        string? own = null;
        foreach (string process in Entries("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(process), NumberStyles.None, CultureInfo.InvariantCulture, out int number)) continue;
            if (!Entries(Path.Combine(process, "fdinfo")).Any(descriptor => HasLock(descriptor, mark))) continue;
            if (number != Environment.ProcessId) return $"process {number.ToString(CultureInfo.InvariantCulture)} ({Text(Path.Combine(process, "comm")).Trim()})";
            own = "this process";
        }

        return own;
    }

    private static bool HasLock(string descriptor, string mark) => Text(descriptor).Split('\n').Any(line =>
        line.StartsWith("lock:", StringComparison.Ordinal) && line.Contains("OFDLCK", StringComparison.Ordinal) && line.Contains(mark, StringComparison.Ordinal));

    /// <summary>What is in a folder; nothing when it is another user's, or its process has just ended.</summary>
    private static string[] Entries(string folder)
    {
        try
        {
            return Directory.GetFileSystemEntries(folder);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return [];
        }
    }

    /// <summary>A file's text; nothing when it is another user's, or has just gone.</summary>
    private static string Text(string path)
    {
        try
        {
            return File.ReadAllText(path);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }
}
