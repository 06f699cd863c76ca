using System.Buffers.Binary;
using KvmPS.Native;

namespace KvmPS.Core.Boot;

/// <summary>
/// A bound-checked, little-endian view of a run of an image's bytes that knows where they lie, so that what is wrong can be said with its offset.
/// GUEST-CONTROLLED: every offset may come from the image itself.
/// </summary>
/// <param name="image">The image's name.</param>
/// <param name="bytes">The bytes.</param>
/// <param name="origin">The offset of the first byte in the image.</param>
internal readonly ref struct ImageReader(string image, ReadOnlySpan<byte> bytes, long origin)
{
    public ReadOnlySpan<byte> Bytes { get; } = bytes;

    public int Length => Bytes.Length;

    public byte U8(int offset) => Take(offset, 1)[0];

    public ushort U16(int offset) => BinaryPrimitives.ReadUInt16LittleEndian(Take(offset, 2));

    public uint U32(int offset) => BinaryPrimitives.ReadUInt32LittleEndian(Take(offset, 4));

    public ulong U64(int offset) => BinaryPrimitives.ReadUInt64LittleEndian(Take(offset, 8));

    /// <summary>The bytes of a range.</summary>
    /// <exception cref="ImageNotBootableException">The range leaves the view.</exception>
    public ReadOnlySpan<byte> Take(long offset, long length)
    {
        if ((ulong)offset > (ulong)Bytes.Length || (ulong)length > (ulong)(Bytes.Length - offset))
            throw Broken(Length, $"{length} bytes are wanted at 0x{origin + offset:x}, and these end here.");
        return Bytes.Slice((int)offset, (int)length);
    }

    /// <summary>A view of a part.</summary>
    /// <exception cref="ImageNotBootableException">The part leaves the view.</exception>
    public ImageReader Part(long offset, long length) => new(image, Take(offset, length), origin + offset);

    /// <summary>The error for a byte that breaks a rule.</summary>
    public ImageNotBootableException Broken(long offset, string rule, Exception? inner = null) => new(image, origin + offset, rule, inner);
}

/// <summary>Bound-checked reads of whole pieces of an image.</summary>
internal static class ImageSourceExtensions
{
    /// <summary>The largest piece that is lent at once; guest memory is addressed with 32-bit lengths.</summary>
    private const ulong LargestPiece = 1 << 30;

    /// <summary>Reads a piece into an array of its own; the caller has bounded the length.</summary>
    /// <exception cref="ImageNotBootableException">The piece leaves the image.</exception>
    public static byte[] ReadBytes(this IImageSource source, ulong offset, ulong length, string what)
    {
        source.RequireRange(offset, length, what);
        byte[] bytes = GC.AllocateUninitializedArray<byte>(checked((int)length));
        source.Read((long)offset, bytes);
        return bytes;
    }

    /// <summary>Checks that a range lies in the image. GUEST-CONTROLLED: written so that no addition can overflow.</summary>
    /// <exception cref="ImageNotBootableException">The range leaves the image.</exception>
    public static void RequireRange(this IImageSource source, ulong offset, ulong length, string what)
    {
        ulong end = (ulong)source.Length;
        if (offset <= end && length <= end - offset) return;
        throw new ImageNotBootableException(
            source.Name, source.Length, $"the image ends here, and {what} is 0x{length:x} bytes long from 0x{offset:x} on.");
    }

    /// <summary>Reads a piece of the image straight into guest memory; the caller has checked both ranges.</summary>
    public static void CopyTo(this IImageSource source, long offset, ulong length, GuestMemory memory, GuestAddress address)
    {
        while (length != 0)
        {
            int piece = (int)Math.Min(length, LargestPiece);
            using (GuestSpan span = memory.Lend(address, piece)) source.Read(offset, span.Span);
            offset += piece;
            address += (ulong)piece;
            length -= (ulong)piece;
        }
    }
}
