using System.Globalization;
using KvmPS.Native;

namespace KvmPS.Core.Machine;

/// <summary>On which CPU of the host each vCPU runs.</summary>
public static class VcpuPlacement
{
    private const string OnlineFile = "/sys/devices/system/cpu/online";

    /// <summary>Checks what a configuration asks for against what this process may use, before anything is made.</summary>
    /// <exception cref="HostLimitException">It names neither one CPU nor one for each vCPU, or a CPU that is not there or not allowed.</exception>
    /// <exception cref="KvmException">The kernel does not say what is allowed.</exception>
    public static void Check(MachineConfig config)
    {
        IReadOnlyList<int> wanted = config.VcpuAffinity;
        if (wanted.Count == 0) return;
        if (wanted.Count != 1 && wanted.Count != config.VcpuCount)
        {
            throw new HostLimitException(string.Create(
                CultureInfo.InvariantCulture, $"Machine '{config.Name}' has {config.VcpuCount} vCPUs and {wanted.Count} host CPUs to run them on: give one for all, or one for each."));
        }

        IReadOnlyList<int> allowed = HostCpuSet.OfProcess();
        foreach (int cpu in wanted)
        {
            if (!allowed.Contains(cpu)) throw new HostLimitException(Refusal(cpu, allowed));
        }
    }

    /// <summary>The CPU for one vCPU; null for any.</summary>
    public static int? For(MachineConfig config, int index) => config.VcpuAffinity.Count switch
    {
        0 => null,
        1 => config.VcpuAffinity[0],
        _ => config.VcpuAffinity[index],
    };

    private static string Refusal(int cpu, IReadOnlyList<int> allowed)
    {
        string online = File.Exists(OnlineFile) ? $" (online: {File.ReadAllText(OnlineFile).Trim()})" : "";
        return string.Create(CultureInfo.InvariantCulture, $"No vCPU can run on host CPU {cpu}: this process may use {Ranges(allowed)} of the host's CPUs{online}.");
    }

    /// <summary>Numbers in ascending order as Linux writes them: <c>0-3,8</c>.</summary>
    internal static string Ranges(IReadOnlyList<int> numbers)
    {
        var parts = new List<string>();
        for (int first = 0, next; first < numbers.Count; first = next)
        {
            for (next = first + 1; next < numbers.Count && numbers[next] == numbers[next - 1] + 1; next++) { }
            parts.Add(next - first == 1
                ? numbers[first].ToString(CultureInfo.InvariantCulture)
                : string.Create(CultureInfo.InvariantCulture, $"{numbers[first]}-{numbers[next - 1]}"));
        }

        return string.Join(',', parts);
    }
}
