using System.Text;
using KvmPS.Native;

namespace KvmPS.Core.Boot;

/// <summary>Fills a range of guest memory from its start on with the tables and strings of a boot protocol.</summary>
/// <param name="image">The image's name, for errors.</param>
/// <param name="memory">The machine's RAM.</param>
/// <param name="range">The range.</param>
internal sealed class GuestArea(string image, GuestMemory memory, ReservedRange range)
{
    private ulong _used;

    /// <summary>Appends bytes at a multiple of 8 from the start and says where they are.</summary>
    /// <exception cref="ImageNotBootableException">The range is full, or is not RAM.</exception>
    public GuestAddress Append(ReadOnlySpan<byte> bytes)
    {
        ulong offset = (_used + 7) & ~7ul;
        if (offset + (ulong)bytes.Length > range.Size)
            throw new ImageNotBootableException(image, null, $"{range.Purpose} takes more than the 0x{range.Size:x} bytes that there are for it.");

        GuestAddress address = range.Start + offset;
        if (!memory.Contains(address, (ulong)bytes.Length))
            throw new ImageNotBootableException(image, null, $"there is no RAM for {range.Purpose} at {address}: {SegmentPlacer.Describe(memory)}.");

        memory.Write(address, bytes);
        _used = offset + (ulong)bytes.Length;
        return address;
    }

    /// <summary>Appends a text, in UTF-8 with its terminator.</summary>
    /// <exception cref="ImageNotBootableException">It holds a NUL, or there is no room.</exception>
    public GuestAddress AppendText(string text)
    {
        if (text.Contains('\0', StringComparison.Ordinal))
            throw new ImageNotBootableException(image, null, "the command line, or a module's, holds a NUL, where the kernel would stop reading.");
        return Append([.. Encoding.UTF8.GetBytes(text), 0]);
    }

    /// <summary>Appends a command line that may be no longer than a kernel takes.</summary>
    /// <param name="text">The command line.</param>
    /// <param name="limit">The most bytes, without the terminator.</param>
    /// <exception cref="ImageNotBootableException">It is longer, or holds a NUL, or there is no room.</exception>
    public GuestAddress AppendCommandLine(string text, ulong limit)
    {
        int length = Encoding.UTF8.GetByteCount(text);
        if ((ulong)length > limit)
            throw new ImageNotBootableException(image, null, $"the command line has {length} bytes, and this kernel takes {limit} [x86-boot §1.7].");
        return AppendText(text);
    }
}
