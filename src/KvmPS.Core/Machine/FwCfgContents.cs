using System.Buffers.Binary;
using KvmPS.Core.Boot;
using KvmPS.Core.Devices.Paravirtual;
using KvmPS.Native;

namespace KvmPS.Core.Machine;

/// <summary>What the firmware configuration device of a machine tells about it.</summary>
internal static class FwCfgContents
{
    private const int E820EntrySize = 20;

    /// <summary>The items of a machine.</summary>
    /// <param name="memory">Its RAM.</param>
    /// <param name="config">What it is made from.</param>
    /// <param name="files">More files, which some devices or a firmware have.</param>
    public static FwCfgItems Of(GuestMemory memory, MachineConfig config, params FwCfgFile[] files) =>
        new(memory.Size, config.VcpuCount, (config.Boot as KernelBoot)?.CommandLine, [new FwCfgFile("etc/e820", E820(memory)), .. files]);

    /// <summary>The memory map as <c>etc/e820</c> has it: address, size and type, packed and little-endian [fw-cfg].</summary>
    private static byte[] E820(GuestMemory memory)
    {
        IReadOnlyList<E820Entry> entries = E820Map.Of(memory).Entries;
        byte[] table = new byte[entries.Count * E820EntrySize];
        for (int i = 0; i < entries.Count; i++)
        {
            Span<byte> entry = table.AsSpan(i * E820EntrySize, E820EntrySize);
            BinaryPrimitives.WriteUInt64LittleEndian(entry, entries[i].Start.Value);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], entries[i].Size);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[16..], (uint)entries[i].Type);
        }

        return table;
    }
}
