using System.Buffers.Binary;
using KvmPS.Native;

namespace KvmPS.Core.Boot;

/// <summary>The multiboot information structure: memory, command line, modules, memory map and our name [multiboot §3.2, §3.3].</summary>
internal sealed class MultibootProtocol : IProtocolWriter
{
    private const uint BootMagic = 0x2BAD_B002;
    private const int InfoSize = 116;
    private const int ModuleSize = 16;
    private const int MemoryMapEntrySize = 24;

    private const uint HasMemory = 1 << 0;
    private const uint HasCommandLine = 1 << 2;
    private const uint HasModules = 1 << 3;
    private const uint HasMemoryMap = 1 << 6;
    private const uint HasLoaderName = 1 << 9;

    public BootProtocol Protocol => BootProtocol.Multiboot;

    public CpuMode Mode => CpuMode.Protected;

    public IReadOnlyList<ReservedRange> Reserved => [MemoryLayout.BootGdt, MemoryLayout.BootInfo, MemoryLayout.CommandLine];

    public CpuEntry Write(BootImage image, GuestMemory memory, BootParameters parameters)
    {
        var strings = new GuestArea(image.Name, memory, MemoryLayout.CommandLine);
        var tables = new GuestArea(image.Name, memory, MemoryLayout.BootInfo);
        E820Map map = parameters.MemoryMap ?? E820Map.Of(memory);
        byte[] modules = PlaceModules(image, memory, parameters, strings);
        byte[] entries = MemoryMap(map);

        byte[] info = new byte[InfoSize];
        GuestAddress start = tables.Append(info);
        void Set(int offset, ulong value) => BinaryPrimitives.WriteUInt32LittleEndian(info.AsSpan(offset), checked((uint)value));

        Set(0, HasMemory | HasCommandLine | HasModules | HasMemoryMap | HasLoaderName);
        Set(4, map.BaseMemory >> 10);
        Set(8, map.ExtendedMemory >> 10);
        Set(16, strings.AppendText(CommandLine(image.Name, parameters.CommandLine)).Value);
        Set(20, (ulong)(modules.Length / ModuleSize));
        Set(24, tables.Append(modules).Value);
        Set(44, (ulong)entries.Length);
        Set(48, tables.Append(entries).Value);
        Set(64, strings.AppendText("KvmPS").Value);
        memory.Write(start, info);

        return new CpuEntry { Mode = CpuMode.Protected, InstructionPointer = image.Entry.Value, Rax = BootMagic, Rbx = start.Value };
    }

    /// <summary>Kernels skip the first word: boot loaders pass the line as it was typed, which begins with the image.</summary>
    private static string CommandLine(string name, string text) => text.Length == 0 ? name : $"{name} {text}";

    private static byte[] PlaceModules(BootImage image, GuestMemory memory, BootParameters parameters, GuestArea strings)
    {
        IReadOnlyList<ModuleRange> ranges = ModulePlacer.PlaceEach(parameters.Initrds, image.End, memory);
        parameters.Record?.AddModules(ranges, parameters.Initrds);
        byte[] table = new byte[ranges.Count * ModuleSize];
        for (int i = 0; i < ranges.Count; i++)
        {
            BootModule module = parameters.Initrds[i];
            Span<byte> entry = table.AsSpan(i * ModuleSize, ModuleSize);
            BinaryPrimitives.WriteUInt32LittleEndian(entry, checked((uint)ranges[i].Start.Value));
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], checked((uint)ranges[i].End.Value));
            BinaryPrimitives.WriteUInt32LittleEndian(entry[8..], checked((uint)strings.AppendText(module.CommandLine ?? module.Source.Name).Value));
        }

        return table;
    }

    /// <summary>The memory map; an entry's size field counts the bytes after itself.</summary>
    private static byte[] MemoryMap(E820Map map)
    {
        byte[] table = new byte[map.Entries.Count * MemoryMapEntrySize];
        for (int i = 0; i < map.Entries.Count; i++)
        {
            Span<byte> entry = table.AsSpan(i * MemoryMapEntrySize, MemoryMapEntrySize);
            BinaryPrimitives.WriteInt32LittleEndian(entry, MemoryMapEntrySize - sizeof(uint));
            map.Entries[i].WriteTo(entry[sizeof(uint)..]);
        }

        return table;
    }
}
