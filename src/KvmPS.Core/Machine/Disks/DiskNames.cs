using System.Globalization;

namespace KvmPS.Core.Machine;

/// <summary>What disks of a machine may be called.</summary>
public static class DiskNames
{
    private const int LongestName = 64;

    /// <summary>Whether two names are the same: case does not count.</summary>
    public static bool AreSame(string left, string right) => string.Equals(left, right, StringComparison.OrdinalIgnoreCase);

    /// <summary>The first of <c>disk0</c>, <c>disk1</c>, … that no disk has.</summary>
    public static string Next(IReadOnlyCollection<DiskConfig> disks)
    {
        for (int number = 0; ; number++)
        {
            string name = string.Create(CultureInfo.InvariantCulture, $"disk{number}");
            if (!disks.Any(disk => AreSame(disk.Name, name))) return name;
        }
    }

    /// <summary>What is wrong with a name; null for a good one.</summary>
    public static string? ProblemOf(string name)
    {
        if (string.IsNullOrWhiteSpace(name)) return "the name of a disk is not empty";
        if (name.Length > LongestName) return $"the name of a disk has at most {LongestName} characters";
        return name.Any(static c => c is '*' or '?' or '[' or ']' or '`' || char.IsControl(c)) ? "the name of a disk has no wildcard and no control characters" : null;
    }

    /// <summary>What is wrong with the size of a disk in memory; null for a good one.</summary>
    public static string? SizeProblemOf(long bytes) => bytes > 0 && bytes % 512 == 0 ? null : "the size of a disk is a multiple of 512 bytes";

    /// <summary>What is wrong with a serial number; null for a good one.</summary>
    public static string? SerialProblemOf(string serial)
    {
        if (serial.Length > DiskConfig.LongestSerial) return $"a serial number has at most {DiskConfig.LongestSerial} characters";
        return serial.Any(static c => c is < ' ' or > '~') ? "a serial number has printable characters of ASCII only" : null;
    }
}
