using KvmPS.Core.Boot;
using KvmPS.Core.Devices.Paravirtual;
using KvmPS.Native;

namespace KvmPS.Core.Machine;

/// <summary>What the firmware configuration device of a machine tells about it.</summary>
internal static class FwCfgContents
{
    /// <summary>The items of a machine.</summary>
    /// <param name="memory">Its RAM.</param>
    /// <param name="config">What it is made from.</param>
    /// <param name="files">More files, which some devices or a firmware have.</param>
    public static FwCfgItems Of(GuestMemory memory, MachineConfig config, params FwCfgFile[] files) =>
        new(memory.Size, config.VcpuCount, (config.Boot as KernelBoot)?.CommandLine, [new FwCfgFile("etc/e820", E820Map.Of(memory).ToBytes()), .. files]);
}
