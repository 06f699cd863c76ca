using System.Collections.Immutable;

namespace KvmPS.Core.Devices.Legacy;

/// <summary>One byte written to port 0x80.</summary>
/// <param name="Code">The byte.</param>
/// <param name="Time">When, counted from the creation or the last reset of the port.</param>
public readonly record struct PostCode(byte Code, TimeSpan Time);

/// <summary>All that a <see cref="PostCodePort"/> remembers.</summary>
/// <param name="Count">How many codes were written, including those no longer kept.</param>
/// <param name="Age">How long the port's clock has run.</param>
public sealed record PostCodeState(long Count, TimeSpan Age)
{
    /// <summary>The newest codes, oldest first; at most <see cref="PostCodePort.Capacity"/>.</summary>
    public ImmutableArray<PostCode> Codes { get; init; } = [];

    /// <summary>Compares by value, the codes included.</summary>
    public bool Equals(PostCodeState? other) => other is not null && (Count, Age) == (other.Count, other.Age) && Codes.SequenceEqual(other.Codes);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Count, Age);
}

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
    private readonly PostCode[] _ring = new PostCode[Capacity];
    private long _epoch;
    private TimeSpan _age; // when the epoch was
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
                for (int i = 0; i < codes.Length; i++) codes[i] = _ring[(_count - codes.Length + i) % Capacity];
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
        lock (_lock) _ring[_count++ % Capacity] = new PostCode(data[0], AgeUnsynchronized);
    }

    /// <summary>Forgets all codes and restarts the clock.</summary>
    public void Reset() => Restore(new PostCodeState(0, TimeSpan.Zero));

    /// <summary>A copy of the codes, and of how far the clock is.</summary>
    public PostCodeState Capture()
    {
        lock (_lock) return new PostCodeState(_count, AgeUnsynchronized) { Codes = [.. Codes] };
    }

    /// <summary>Puts captured codes back; the clock goes on from where it was.</summary>
    /// <exception cref="ArgumentException">There are more codes, or fewer, than the count says; the state was not made by <see cref="Capture"/>.</exception>
    public void Restore(PostCodeState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Codes.IsDefault || state.Codes.Length != Math.Min(state.Count, Capacity))
            throw new ArgumentException($"{Name}: {state.Count} codes were written, and at most {Capacity} are kept.", nameof(state));

        lock (_lock)
        {
            _count = state.Count;
            for (int i = 0; i < state.Codes.Length; i++) _ring[(_count - state.Codes.Length + i) % Capacity] = state.Codes[i];
            _age = state.Age;
            _epoch = _time.GetTimestamp();
        }
    }

    private TimeSpan AgeUnsynchronized => _age + _time.GetElapsedTime(_epoch);
}
