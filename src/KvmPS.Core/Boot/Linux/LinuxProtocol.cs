using KvmPS.Native;

namespace KvmPS.Core.Boot;

/// <summary>Linux's 64-bit and 32-bit entries: initrd, command line and zero page [x86-boot §1.14, §1.15].</summary>
/// <param name="mode">Long for the 64-bit entry, protected for the 32-bit one.</param>
/// <param name="header">The kernel's setup header.</param>
/// <param name="loadAddress">Where the image's own code is loaded, for kernels that decompress themselves; else null.</param>
internal sealed class LinuxProtocol(CpuMode mode, SetupHeader header, GuestAddress? loadAddress = null) : IProtocolWriter
{
    public BootProtocol Protocol => mode == CpuMode.Long ? BootProtocol.Linux64 : BootProtocol.Linux32;

    public CpuMode Mode => mode;

    public IReadOnlyList<ReservedRange> Reserved => mode == CpuMode.Long
        ? [MemoryLayout.BootGdt, MemoryLayout.ZeroPage, MemoryLayout.PageTables, MemoryLayout.CommandLine]
        : [MemoryLayout.BootGdt, MemoryLayout.ZeroPage, MemoryLayout.CommandLine];

    public CpuEntry Write(BootImage image, GuestMemory memory, BootParameters parameters)
    {
        var page = new ZeroPage(header)
        {
            CommandLine = new GuestArea(image.Name, memory, MemoryLayout.CommandLine).AppendCommandLine(parameters.CommandLine, header.CommandLineSize),
        };
        if (loadAddress is { } address) page.Code32Start = checked((uint)address.Value);
        if (parameters.AcpiRsdp is { } rsdp) page.AcpiRsdp = rsdp;
        if (parameters.Initrds.Count != 0)
        {
            ModuleRange initrd = ModulePlacer.PlaceAsOne(parameters.Initrds, header.InitrdAddressMax, image.End, memory);
            page.SetInitrd(initrd.Start, initrd.Size);
            parameters.Record?.AddModules([initrd], parameters.Initrds);
        }

        page.SetMemoryMap(parameters.MemoryMap ?? E820Map.Of(memory));
        new GuestArea(image.Name, memory, MemoryLayout.ZeroPage).Append(page.Bytes);
        return new CpuEntry { Mode = mode, InstructionPointer = image.Entry.Value, Rsi = MemoryLayout.ZeroPage.Start.Value };
    }
}
