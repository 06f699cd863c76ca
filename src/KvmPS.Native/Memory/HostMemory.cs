using System.Globalization;

namespace KvmPS.Native;

/// <summary>How much memory this process can still get without the kernel killing somebody for it.</summary>
internal static class HostMemory
{
    private const string ControlGroups = "/sys/fs/cgroup";

    /// <summary>Bytes: the host's available memory, or less where a control group (version 2) of this process leaves less.</summary>
    public static ulong AvailableBytes()
    {
        ulong available = Field(File.ReadLines("/proc/meminfo"), "MemAvailable:") << 10;
        string? own = File.ReadLines("/proc/self/cgroup").FirstOrDefault(static line => line.StartsWith("0::", StringComparison.Ordinal))?[3..];
        for (string? group = own is null ? null : Path.Join(ControlGroups, own); group?.StartsWith(ControlGroups, StringComparison.Ordinal) == true; group = Path.GetDirectoryName(group))
            available = Math.Min(available, Headroom(group));
        return available;
    }

    /// <summary>What a control group leaves: its limit less its use, of which the kernel would take back cached files.</summary>
    internal static ulong Headroom(string group)
    {
        string limitFile = Path.Join(group, "memory.max");
        if (!File.Exists(limitFile) || !TryParse(File.ReadAllText(limitFile), out ulong limit)) return ulong.MaxValue; // "max", or the root
        ulong used = TryParse(File.ReadAllText(Path.Join(group, "memory.current")), out ulong bytes) ? bytes : 0;
        ulong cached = Field(File.ReadLines(Path.Join(group, "memory.stat")), "inactive_file ");
        used -= Math.Min(used, cached);
        return limit > used ? limit - used : 0;
    }

    /// <summary>The number behind a name in a file of names and numbers; 0 without it.</summary>
    private static ulong Field(IEnumerable<string> lines, string name)
    {
        string? line = lines.FirstOrDefault(line => line.StartsWith(name, StringComparison.Ordinal));
        return line is not null && TryParse(line[name.Length..].Trim().Split(' ')[0], out ulong value) ? value : 0;
    }

    private static bool TryParse(string text, out ulong value) => ulong.TryParse(text.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out value);
}
