using KvmPS.Native;

namespace KvmPS.Core.Boot;

/// <summary>Code without a header: loaded at an address, and entered at its first byte.</summary>
public static class RawCode
{
    private const ulong SegmentSize = 0x1_0000;
    private const ulong RealModeEnd = 0x10_0000;

    /// <summary>Makes an image of code.</summary>
    /// <param name="source">The code.</param>
    /// <param name="mode">The mode in which it runs.</param>
    /// <param name="address">Where it goes; null for <see cref="MemoryLayout.RawCode"/>.</param>
    /// <exception cref="ImageNotBootableException">There is no code, or the mode does not reach the address.</exception>
    public static BootImage Open(IImageSource source, CpuMode mode = CpuMode.Real, GuestAddress? address = null)
    {
        GuestAddress start = address ?? new GuestAddress(MemoryLayout.RawCode);
        if (source.Length == 0) throw new ImageNotBootableException(source.Name, 0, "it is empty.");

        ulong reach = mode == CpuMode.Real ? RealModeEnd : MemoryLayout.MmioHoleEnd;
        if (start.Value >= reach)
            throw new ImageNotBootableException(source.Name, null, $"{mode} mode is entered below 0x{reach:x}, and the code goes to {start}.");

        ulong size = (ulong)source.Length;
        IReadOnlyList<ImageSegment> segments = SegmentPlacer.Check(source, [new ImageSegment(0, size, start, size)], "");
        return new BootImage(source, new Protocol(mode), segments, () => null) { Format = ImageFormat.Raw, Entry = start, End = segments[0].End };
    }

    private sealed class Protocol(CpuMode mode) : IProtocolWriter
    {
        BootProtocol IProtocolWriter.Protocol => BootProtocol.Raw;

        public CpuMode Mode => mode;

        public IReadOnlyList<ReservedRange> Reserved => mode switch
        {
            CpuMode.Real => [],
            CpuMode.Protected => [MemoryLayout.BootGdt],
            _ => [MemoryLayout.BootGdt, MemoryLayout.PageTables],
        };

        /// <summary>
        /// The stack grows down from the code's first byte: RAM that nobody uses for a program at the default address. In real mode all segment
        /// registers are 0 up to 64 KiB, so that offsets are addresses, and point to the 64 KiB around the entry above that.
        /// </summary>
        public CpuEntry Write(BootImage image, GuestMemory memory, BootParameters parameters)
        {
            RefuseUnused(image, parameters);
            ulong segment = mode == CpuMode.Real ? image.Entry.Value / SegmentSize * SegmentSize : 0;
            ulong offset = image.Entry.Value - segment;
            return new CpuEntry { Mode = mode, InstructionPointer = offset, RealModeSegment = (ushort)(segment >> 4), Rsp = offset };
        }

        private static void RefuseUnused(BootImage image, BootParameters parameters)
        {
            if (parameters.CommandLine.Length != 0 || parameters.Initrds.Count != 0)
                throw new ImageNotBootableException(image.Name, null, "raw code has no protocol by which it could be given a command line or an initrd.");
        }
    }
}
