using KvmPS.Core.Boot;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>The checks that a configuration passes before a machine is made from it, whichever cmdlet it comes from.</summary>
internal static class MachineChecks
{
    private const string DefaultLinuxCommandLine = "console=ttyS0 reboot=k panic=-1";

    /// <summary>The kernel speaks on both, early on the first alone; the last one is where programs find their terminal.</summary>
    private const string DefaultVirtioCommandLine = "console=ttyS0 console=hvc0 reboot=k panic=-1";

    /// <summary>Checks a configuration as far as it can be without making the machine, and gives Linux its usual command line when nobody gave one.</summary>
    /// <param name="config">What to check.</param>
    /// <param name="hasCommandLine">Whether its command line is somebody's wish.</param>
    /// <param name="look">Called with the image and the result, while the image is open; null for nothing.</param>
    /// <exception cref="KvmErrorException">Settings contradict each other, or a disk's image is not there.</exception>
    /// <exception cref="Core.Cpu.CpuFeatureException">A CPU feature is not known, or not offered.</exception>
    /// <exception cref="ImageNotBootableException">The image is not one that can be booted.</exception>
    /// <exception cref="IOException">A file cannot be read.</exception>
    public static MachineConfig Complete(MachineConfig config, bool hasCommandLine, Action<BootImage, MachineConfig>? look = null)
    {
        ConfigurationRules.Require(config);
        foreach (DiskConfig disk in config.Disks.Where(static disk => disk.MemorySize is null)) DiskErrors.RequireFile(disk.Path);
        CpuFeatures.Check(config);
        BootImages.Check(config.Boot, image =>
        {
            if (!hasCommandLine && config.Boot is KernelBoot kernel && image.Protocol is BootProtocol.Linux64 or BootProtocol.Linux32)
                config = config with { Boot = kernel with { CommandLine = DefaultCommandLine(config) } };
            look?.Invoke(image, config);
        });
        return config;
    }

    /// <summary>Whether a machine has a command line that somebody wished for. One that follows from its console changes with the console.</summary>
    public static bool HasOwnCommandLine(MachineConfig config) => config.Boot is KernelBoot kernel && kernel.CommandLine != DefaultCommandLine(config);

    private static string DefaultCommandLine(MachineConfig config) => config.Console == MachineConsole.Hvc0 ? DefaultVirtioCommandLine : DefaultLinuxCommandLine;
}
