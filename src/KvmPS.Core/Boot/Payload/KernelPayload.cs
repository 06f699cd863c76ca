using System.Buffers.Binary;

namespace KvmPS.Core.Boot;

/// <summary>The compressed kernel inside a bzImage: where it is, how it is compressed, and its bytes when it is taken out.</summary>
/// <param name="source">The bzImage.</param>
/// <param name="offset">Where the payload begins in it.</param>
/// <param name="length">How long it is, size trailer included.</param>
/// <param name="format">How it is compressed; null when nobody knows.</param>
internal sealed class KernelPayload(IImageSource source, ulong offset, ulong length, PayloadFormat? format)
{
    /// <summary>No kernel is larger: Linux maps 1 GiB at most for its own image.</summary>
    private const uint LargestKernel = 1 << 30;

    /// <summary>No kernel compresses better, not even one full of zeros: a larger claim is an attempt at our memory.</summary>
    private const uint LargestRatio = 256;

    /// <summary>Claims up to this are harmless whatever their ratio.</summary>
    private const uint SmallClaim = 1 << 20;

    private const int TrailerSize = 4;

    /// <summary>The compression by name; null when it is not known.</summary>
    public string? Compression => format?.Name;

    /// <summary>Why the kernel cannot be taken out here; null when it can.</summary>
    public string? Obstacle { get; private init; }

    /// <summary>Finds the payload by the setup header.</summary>
    /// <exception cref="ImageNotBootableException">It leaves the image.</exception>
    public static KernelPayload Find(IImageSource source, SetupHeader header)
    {
        ulong offset = (ulong)header.CodeOffset + header.PayloadOffset;
        ulong length = header.PayloadLength;
        if (header.PayloadOffset == 0 || length <= TrailerSize)
            return new KernelPayload(source, offset, length, null) { Obstacle = "its header names no compressed kernel" };

        source.RequireRange(offset, length, "the compressed kernel");
        if (length > LargestKernel)
            throw new ImageNotBootableException(source.Name, 0x24C, $"the compressed kernel has 0x{length:x} bytes, and no kernel is larger than 1 GiB.");

        byte[] magic = source.ReadBytes(offset, Math.Min(length, PayloadFormat.MagicSize), "the compressed kernel");
        PayloadFormat? format = PayloadFormat.Recognize(magic);
        string? obstacle = format switch
        {
            null => $"its payload is of no known kind (it begins with {Convert.ToHexString(magic)})",
            { Decode: null } => $"nothing here decompresses {format.Name}",
            _ => null,
        };
        return new KernelPayload(source, offset, length, format) { Obstacle = obstacle };
    }

    /// <summary>Takes the kernel out.</summary>
    /// <exception cref="ImageNotBootableException">The payload is corrupt.</exception>
    public ReadOnlyMemory<byte> Extract()
    {
        byte[] bytes = source.ReadBytes(offset, length, "the compressed kernel");
        var payload = new ImageReader(source.Name, bytes, (long)offset);

        // The size of the kernel follows the data; gzip has it as the last field of its own, so that it reads the same.
        uint size = BinaryPrimitives.ReadUInt32LittleEndian(bytes.AsSpan(bytes.Length - TrailerSize));
        if (size is 0 or > LargestKernel)
            throw payload.Broken(bytes.Length - TrailerSize, $"the kernel has 0x{size:x} bytes by its trailer, and none is empty or larger than 1 GiB.");

        if (size > Math.Max(SmallClaim, (ulong)bytes.Length * LargestRatio))
            throw payload.Broken(bytes.Length - TrailerSize, $"the kernel would have 0x{size:x} bytes, more than {LargestRatio} times its compressed size.");

        int dataLength = format!.HasOwnSize ? bytes.Length : bytes.Length - TrailerSize;
        var output = new PayloadBuffer((int)size, dataLength);
        try
        {
            format.Decode!(bytes.AsMemory(0, dataLength), output);
        }
        catch (Exception e) when (e is not (ImageNotBootableException or OutOfMemoryException))
        {
            // Decoders of several libraries, fed with hostile bytes: whatever they throw means that the data are not theirs. It stays attached.
            throw payload.Broken(0, $"the {format.Name} data of the compressed kernel are corrupt: {e.Message}", e);
        }

        if (output.Length != size)
            throw payload.Broken(bytes.Length - TrailerSize, $"the compressed kernel has 0x{output.Length:x} bytes, and its trailer says 0x{size:x}.");
        return output.Written;
    }
}
