using KvmPS.Core.Host;

namespace KvmPS.Bench.Measuring;

/// <summary>The facts without which a figure means nothing: the host, and how busy it was.</summary>
internal static class HostLine
{
    /// <summary>CPU, kernel, KVM's vendor module, runtime and load average.</summary>
    public static string Now()
    {
        HostFacts host = HostFacts.Read();
        return $"{host.CpuCount} x {host.CpuModel}, Linux {host.KernelRelease}, {host.VendorModule ?? "no KVM module"}, "
            + $".NET {Environment.Version}, {DateTime.UtcNow:yyyy-MM-dd HH:mm} UTC, load average {LoadAverage()}";
    }

    /// <summary>Runnable threads over the last minute, five and fifteen.</summary>
    public static string LoadAverage() => string.Join(' ', File.ReadAllText("/proc/loadavg").Split(' ')[..3]);
}
