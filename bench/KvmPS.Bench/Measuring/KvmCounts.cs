using System.Globalization;
using KvmPS.Bench.Benches;

namespace KvmPS.Bench.Measuring;

/// <summary>What KVM counts for all machines of the host together, in debugfs: the same for us and for a peer, when only one of them runs.</summary>
/// <param name="MmioExits">Accesses to device memory that left the guest for its monitor.</param>
/// <param name="PortExits">Accesses to ports that did.</param>
/// <param name="Exits">All that left the guest, also for the kernel alone.</param>
/// <param name="Interrupts">Interrupts given to guests.</param>
internal readonly record struct KvmCounts(double MmioExits, double PortExits, double Exits, double Interrupts)
{
    private const string Folder = "/sys/kernel/debug/kvm";

    /// <summary>The counts now.</summary>
    /// <exception cref="BenchNotPossibleException">debugfs is not mounted, or this user may not read it.</exception>
    public static KvmCounts Now() => new(Read("mmio_exits"), Read("io_exits"), Read("exits"), Read("irq_injections"));

    /// <summary>What came to pass since then.</summary>
    public static KvmCounts operator -(KvmCounts now, KvmCounts then) =>
        new(now.MmioExits - then.MmioExits, now.PortExits - then.PortExits, now.Exits - then.Exits, now.Interrupts - then.Interrupts);

    private static double Read(string name)
    {
        try
        {
            return double.Parse(File.ReadAllText(Path.Combine(Folder, name)), CultureInfo.InvariantCulture);
        }
        catch (Exception error) when (error is IOException or UnauthorizedAccessException)
        {
            throw new BenchNotPossibleException($"KVM's counts cannot be read (root: mount -t debugfs debugfs /sys/kernel/debug): {error.Message}");
        }
    }
}
