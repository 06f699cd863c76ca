namespace KvmPS.Core.Devices.Legacy;

/// <summary>One byte written to port 0x80.</summary>
/// <param name="Code">The byte.</param>
/// <param name="Time">When, counted from the creation or the last reset of the port.</param>
public readonly record struct PostCode(byte Code, TimeSpan Time);

/// <summary>
/// The diagnostic port 0x80, to which firmware writes where it is (power-on self test). Keeps the newest codes with their times. A read
/// gives the last byte written, as the DMA page register behind that port does on a PC.
/// </summary>
public sealed class PostCodePort : IBusDevice
{
    /// <summary>How many codes are kept.</summary>
    public const int Capacity = 256;

    private readonly Lock _lock = new(); // LOCK ORDER: a leaf; nothing is called under it.
    private readonly TimeProvider _time;
    private readonly (byte Code, long Timestamp)[] _ring = new (byte, long)[Capacity];
    private long _epoch;
    private long _count;

    /// <summary>An empty port whose clock starts now.</summary>
    public PostCodePort(TimeProvider time)
    {
        _time = time;
        _epoch = time.GetTimestamp();
    }

    /// <inheritdoc/>
    public string Name => "post";

    /// <summary>How many codes were written, including those no longer kept.</summary>
    public long Count
    {
        get
        {
            lock (_lock) return _count;
        }
    }

    /// <summary>The newest codes, oldest first; at most <see cref="Capacity"/>.</summary>
    public IReadOnlyList<PostCode> Codes
    {
        get
        {
            lock (_lock)
            {
                var codes = new PostCode[Math.Min(_count, Capacity)];
                for (int i = 0; i < codes.Length; i++)
                {
                    (byte code, long timestamp) = _ring[(_count - codes.Length + i) % Capacity];
                    codes[i] = new PostCode(code, _time.GetElapsedTime(_epoch, timestamp));
                }

                return codes;
            }
        }
    }

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        data.Fill(0xFF);
        if (offset != 0 || data.IsEmpty) return;
        lock (_lock) data[0] = _count == 0 ? (byte)0 : _ring[(_count - 1) % Capacity].Code;
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        if (offset != 0 || data.IsEmpty) return;
        lock (_lock) _ring[_count++ % Capacity] = (data[0], _time.GetTimestamp());
    }

    /// <summary>Forgets all codes and restarts the clock.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            _count = 0;
            _epoch = _time.GetTimestamp();
        }
    }
}
