using KvmPS.Native;

namespace KvmPS.Core.Boot;

/// <summary>
/// The firmware of a PC, such as SeaBIOS: read-only memory that ends at 4 GiB, where the CPU starts, with a copy that ends at 1 MiB,
/// where real-mode code expects a BIOS. The copy is RAM, as on a PC whose shadow RAM has been filled and unlocked: there is no bridge here to do that with.
/// </summary>
public static class Firmware
{
    /// <summary>The smallest image: the segment that the reset vector is in.</summary>
    public const int SmallestSize = 64 << 10;

    /// <summary>The largest image: below it lie KVM's own pages.</summary>
    public const int LargestSize = 256 << 10;

    private const ulong ResetVector = MemoryLayout.MmioHoleEnd - 16;

    /// <summary>Makes an image of firmware.</summary>
    /// <exception cref="ImageNotBootableException">It has no size that firmware has.</exception>
    public static BootImage Open(IImageSource source)
    {
        if (source.Length is < SmallestSize or > LargestSize || source.Length % GuestMemory.PageSize != 0)
        {
            throw new ImageNotBootableException(
                source.Name, null, $"firmware is {SmallestSize >> 10} to {LargestSize >> 10} KiB long, in whole pages; this is {source.Length} bytes.") { IsFirmware = true };
        }

        ulong size = (ulong)source.Length;
        var copy = new ImageSegment(0, size, new GuestAddress(MemoryLayout.Kernel - size), size);
        return new BootImage(source, new Protocol(), [copy], () => null)
        {
            Format = ImageFormat.Firmware,
            Entry = new GuestAddress(ResetVector),
            End = copy.End,
            Rom = copy with { Address = new GuestAddress(MemoryLayout.MmioHoleEnd - size) },
        };
    }

    /// <summary>The copy needs RAM up to 1 MiB.</summary>
    /// <exception cref="ImageNotBootableException">The machine has less.</exception>
    internal static void RequireMemory(BootImage image, GuestMemory memory)
    {
        ImageSegment copy = image.Segments[0];
        if (memory.Contains(copy.Address, copy.MemorySize)) return;
        throw new ImageNotBootableException(
            image.Name, null, $"there is no RAM for the copy of the firmware at {copy.Address}-{copy.End}: {SegmentPlacer.Describe(memory)}.") { IsFirmware = true };
    }

    private sealed class Protocol : IProtocolWriter
    {
        BootProtocol IProtocolWriter.Protocol => BootProtocol.Firmware;

        public CpuMode Mode => CpuMode.Real;

        public IReadOnlyList<ReservedRange> Reserved => [];

        /// <summary>As after reset: nobody sets these registers.</summary>
        public CpuEntry Write(BootImage image, GuestMemory memory, BootParameters parameters) =>
            new() { Mode = CpuMode.Real, RealModeSegment = 0xF000, InstructionPointer = 0xFFF0 };
    }
}
