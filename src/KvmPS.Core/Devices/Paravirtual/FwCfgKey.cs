namespace KvmPS.Core.Devices.Paravirtual;

/// <summary>The selector keys of the firmware configuration device that have a meaning here, by their names in [fw-cfg].</summary>
internal static class FwCfgKey
{
    public const ushort Signature = 0x0000;
    public const ushort Id = 0x0001;
    public const ushort RamSize = 0x0003;
    public const ushort NoGraphic = 0x0004;
    public const ushort NbCpus = 0x0005;
    public const ushort MaxCpus = 0x000F;
    public const ushort CommandLineSize = 0x0014;
    public const ushort CommandLineData = 0x0015;
    public const ushort FileDirectory = 0x0019;
    public const ushort FirstFile = 0x0020;

    /// <summary>In every key: asked for writing. There is nothing that can be written, and the key selects the same item.</summary>
    public const ushort WriteChannel = 0x4000;
}
