namespace KvmPS.Core.Boot;

/// <summary>The header by which a multiboot image says what it needs [multiboot §3.1].</summary>
/// <param name="Offset">Where it is in the image.</param>
/// <param name="Flags">Requirements (bits 0-15) and options.</param>
/// <param name="Addresses">Where the image goes, for images that no other header describes; null unless bit 16 is set.</param>
internal sealed record MultibootHeader(int Offset, uint Flags, MultibootAddresses? Addresses)
{
    private const uint Magic = 0x1BAD_B002;
    private const uint VideoMode = 1 << 2;

    /// <summary>Page-aligned modules and memory information, which every image gets.</summary>
    private const uint Fulfilled = 0b11;

    private const uint Requirements = 0xFFFF;
    private const uint HasAddresses = 1 << 16;

    /// <summary>Finds the header: 4-byte aligned, within the first 8192 bytes, its three fields adding up to zero; null without one.</summary>
    public static MultibootHeader? Find(in ImageReader head)
    {
        for (int offset = 0; offset <= head.Length - 12; offset += 4)
        {
            if (head.U32(offset) != Magic) continue;
            uint flags = head.U32(offset + 4);
            if (unchecked(Magic + flags + head.U32(offset + 8)) != 0) continue;
            return new MultibootHeader(offset, flags, (flags & HasAddresses) == 0 ? null : MultibootAddresses.Read(head.Part(offset + 12, 20)));
        }

        return null;
    }

    /// <summary>Refuses an image with requirements that nobody here fulfils, as the specification demands.</summary>
    /// <exception cref="ImageNotBootableException">There is such a requirement.</exception>
    public void CheckRequirements(in ImageReader head)
    {
        if ((Flags & VideoMode) != 0) throw head.Broken(Offset + 4, "flag 2 requires a video mode, and this machine has no display [multiboot §3.1.2].");
        uint unknown = Flags & Requirements & ~Fulfilled;
        if (unknown != 0) throw head.Broken(Offset + 4, $"flags 0x{unknown:x} require what this boot loader does not know [multiboot §3.1.2].");
    }
}

/// <summary>The address fields of the header [multiboot §3.1.3].</summary>
/// <param name="Header">Where the header itself goes, which ties file offsets to addresses.</param>
/// <param name="Load">Where the load begins.</param>
/// <param name="LoadEnd">Where the bytes of the file end; 0 for the end of the file.</param>
/// <param name="BssEnd">Where the zeros after them end; 0 for none.</param>
/// <param name="Entry">Where the image is entered.</param>
internal sealed record MultibootAddresses(uint Header, uint Load, uint LoadEnd, uint BssEnd, uint Entry)
{
    public static MultibootAddresses Read(in ImageReader fields) => new(fields.U32(0), fields.U32(4), fields.U32(8), fields.U32(12), fields.U32(16));
}
