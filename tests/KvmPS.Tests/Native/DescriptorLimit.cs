using System.Runtime.InteropServices;
using Xunit;

namespace KvmPS.Tests.Native;

/// <summary>Lets this process open a few descriptors more and no further one, until it is disposed. Nothing else may run beside it.</summary>
internal sealed class DescriptorLimit : IDisposable
{
    private const int Descriptors = 7; // RLIMIT_NOFILE
    private readonly Limit _before;

    private DescriptorLimit(ulong limit)
    {
        Assert.Equal(0, getrlimit(Descriptors, out _before));
        Set(_before with { Soft = Math.Min(limit, _before.Hard) });
    }

    /// <summary>Allows so many, those of KVM that are open now among them, since they are given back.</summary>
    public static DescriptorLimit After(int count)
    {
        HashSet<int> taken = [.. Directory.EnumerateFileSystemEntries("/proc/self/fd").Where(IsNotOfKvm).Select(static link => int.Parse(Path.GetFileName(link), System.Globalization.CultureInfo.InvariantCulture))];
        int limit = 0;
        for (int free = 0; ; limit++)
            if (!taken.Contains(limit) && free++ == count) return new DescriptorLimit((ulong)limit);
    }

    /// <inheritdoc/>
    public void Dispose() => Set(_before);

    private static bool IsNotOfKvm(string link) =>
        new FileInfo(link).LinkTarget is { } target && !target.StartsWith("anon_inode:kvm", StringComparison.Ordinal) && !target.EndsWith("/fd", StringComparison.Ordinal);

    private static void Set(Limit limit) => Assert.Equal(0, setrlimit(Descriptors, in limit));

    [DllImport("libc")]
    private static extern int getrlimit(int resource, out Limit limit);

    [DllImport("libc")]
    private static extern int setrlimit(int resource, in Limit limit);

    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Limit(ulong Soft, ulong Hard);
}
