using System.Buffers.Binary;
using KvmPS.Native;

namespace KvmPS.Core.Boot;

/// <summary>Xen's direct boot: <c>start_info</c> with module list, memory map and command line [pvh].</summary>
/// <param name="isLinux">Whether the kernel is Linux, which looks at the first module only: initrds then become one.</param>
internal sealed class PvhProtocol(bool isLinux) : IProtocolWriter
{
    private const uint Magic = 0x336E_C578;
    private const uint Version = 1;
    private const int StartInfoSize = 56;
    private const int ModuleSize = 32;
    private const int MemoryMapEntrySize = 24;

    public BootProtocol Protocol => BootProtocol.Pvh;

    public CpuMode Mode => CpuMode.Protected;

    public IReadOnlyList<ReservedRange> Reserved => [MemoryLayout.BootGdt, MemoryLayout.BootInfo, MemoryLayout.CommandLine];

    public CpuEntry Write(BootImage image, GuestMemory memory, BootParameters parameters)
    {
        var strings = new GuestArea(image.Name, memory, MemoryLayout.CommandLine);
        GuestAddress commandLine = strings.AppendText(parameters.CommandLine);
        E820Map map = parameters.MemoryMap ?? E820Map.Of(memory);
        byte[] modules = PlaceModules(image, memory, parameters, strings);

        var tables = new GuestArea(image.Name, memory, MemoryLayout.BootInfo);
        Span<byte> info = stackalloc byte[StartInfoSize];
        GuestAddress start = tables.Append(info);
        BinaryPrimitives.WriteUInt32LittleEndian(info, Magic);
        BinaryPrimitives.WriteUInt32LittleEndian(info[4..], Version);
        BinaryPrimitives.WriteUInt32LittleEndian(info[12..], (uint)(modules.Length / ModuleSize));
        if (modules.Length != 0) BinaryPrimitives.WriteUInt64LittleEndian(info[16..], tables.Append(modules).Value);
        BinaryPrimitives.WriteUInt64LittleEndian(info[24..], commandLine.Value);
        BinaryPrimitives.WriteUInt64LittleEndian(info[32..], parameters.AcpiRsdp?.Value ?? 0);
        BinaryPrimitives.WriteUInt64LittleEndian(info[40..], tables.Append(MemoryMap(map)).Value);
        BinaryPrimitives.WriteUInt32LittleEndian(info[48..], (uint)map.Entries.Count);
        memory.Write(start, info);

        return new CpuEntry { Mode = CpuMode.Protected, InstructionPointer = image.Entry.Value, Rbx = start.Value };
    }

    private byte[] PlaceModules(BootImage image, GuestMemory memory, BootParameters parameters, GuestArea strings)
    {
        IReadOnlyList<BootModule> modules = parameters.Initrds;
        if (modules.Count == 0) return [];

        IReadOnlyList<ModuleRange> ranges = isLinux
            ? [ModulePlacer.PlaceAsOne(modules, uint.MaxValue, image.End, memory)]
            : ModulePlacer.PlaceEach(modules, image.End, memory);
        parameters.Record?.AddModules(ranges, modules);
        byte[] table = new byte[ranges.Count * ModuleSize];
        for (int i = 0; i < ranges.Count; i++)
        {
            Span<byte> entry = table.AsSpan(i * ModuleSize, ModuleSize);
            BinaryPrimitives.WriteUInt64LittleEndian(entry, ranges[i].Start.Value);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[8..], ranges[i].Size);
            BinaryPrimitives.WriteUInt64LittleEndian(entry[16..], strings.AppendText(modules[i].CommandLine ?? modules[i].Source.Name).Value);
        }

        return table;
    }

    private static byte[] MemoryMap(E820Map map)
    {
        byte[] table = new byte[map.Entries.Count * MemoryMapEntrySize];
        for (int i = 0; i < map.Entries.Count; i++) map.Entries[i].WriteTo(table.AsSpan(i * MemoryMapEntrySize));
        return table;
    }
}
