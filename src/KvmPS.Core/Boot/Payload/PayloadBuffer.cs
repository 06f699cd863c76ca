namespace KvmPS.Core.Boot;

/// <summary>
/// Collects a decompressed kernel in one array. The array is as large as the claimed size only if the compressed size makes that plausible;
/// otherwise it grows as data come, so that a small file cannot make us allocate much.
/// </summary>
/// <param name="limit">The claimed size; no more is taken.</param>
/// <param name="compressedLength">The length of the compressed data.</param>
internal sealed class PayloadBuffer(int limit, int compressedLength)
{
    /// <summary>Kernels compress to a third or a quarter; sixteen times leaves room for debug builds.</summary>
    private const long PlausibleRatio = 16;

    private const int SmallestBuffer = 1 << 16;

    private byte[] _bytes = GC.AllocateUninitializedArray<byte>((int)Math.Min(limit, Math.Max(SmallestBuffer, compressedLength * PlausibleRatio)));

    /// <summary>How many bytes there are.</summary>
    public int Length { get; private set; }

    /// <summary>How many more may come.</summary>
    public int Room => limit - Length;

    /// <summary>What has been written.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, Length);

    /// <summary>What has been written, to be filtered in place.</summary>
    public Span<byte> WrittenSpan => _bytes.AsSpan(0, Length);

    /// <summary>Room for up to <paramref name="wanted"/> more bytes; shorter at the limit.</summary>
    public Memory<byte> Free(int wanted)
    {
        int needed = Length + Math.Min(wanted, Room);
        if (needed > _bytes.Length)
        {
            int size = (int)Math.Min(limit, Math.Max(needed, _bytes.Length * 2L));
            byte[] larger = GC.AllocateUninitializedArray<byte>(size);
            WrittenSpan.CopyTo(larger);
            _bytes = larger;
        }

        return _bytes.AsMemory(Length, needed - Length);
    }

    /// <summary>Counts bytes that were written to <see cref="Free"/>.</summary>
    public void Advance(int count) => Length += count;

    /// <summary>Appends all that a stream has.</summary>
    /// <exception cref="InvalidDataException">It has more than the claimed size.</exception>
    public void Fill(Stream stream)
    {
        const int piece = 1 << 20;
        while (true)
        {
            Memory<byte> free = Free(piece);
            if (free.IsEmpty) break;
            int count = stream.Read(free.Span);
            if (count == 0) return;
            Advance(count);
        }

        if (stream.ReadByte() >= 0) throw new InvalidDataException($"they hold more than the 0x{limit:x} bytes that their trailer says.");
    }
}
