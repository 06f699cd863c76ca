using System.Management.Automation;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>What the settings of a machine must be to each other.</summary>
internal static class ConfigurationRules
{
    /// <summary>Checks a configuration.</summary>
    /// <exception cref="KvmErrorException">Two settings contradict each other.</exception>
    public static void Require(MachineConfig config)
    {
        if (config.VcpuCount > 1 && !config.InterruptController)
            throw Invalid("Several vCPUs need interrupt controllers: nothing else can start the others.", "Add -InterruptController.");

        if (config.ConsolePorts.Distinct(StringComparer.OrdinalIgnoreCase).Count() != config.ConsolePorts.Count)
            throw Invalid("Two console ports have the same name.", "Give each a name of its own; capitals make no difference.");

        if (config.VirtioDeviceCount > MachineConfig.MostVirtioDevices)
        {
            throw Invalid(
                $"The machine has {config.VirtioDeviceCount} disks and other virtio devices, and places for {MachineConfig.MostVirtioDevices}.", "Leave some out: each has an interrupt of its own.");
        }

        int bound = config.VcpuAffinity.Count;
        if (bound > 1 && bound != config.VcpuCount)
        {
            throw Invalid(
                $"-VcpuAffinity names {bound} host CPUs for {config.VcpuCount} vCPU{(config.VcpuCount == 1 ? "" : "s")}.",
                "Name one host CPU for each vCPU in their order, or a single one for all of them.");
        }
    }

    /// <summary>An error about settings that contradict each other.</summary>
    public static KvmErrorException Invalid(string message, string remedy) => new(KvmErrorId.InvalidConfiguration, ErrorCategory.InvalidArgument, message, remedy);
}
