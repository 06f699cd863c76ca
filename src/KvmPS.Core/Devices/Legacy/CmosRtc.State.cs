using System.Collections.Immutable;

namespace KvmPS.Core.Devices.Legacy;

/// <summary>All that a <see cref="CmosRtc"/> remembers.</summary>
/// <param name="Index">What was written to the index port, with the mask of the NMI.</param>
/// <param name="Offset">What the clock is ahead of the host's.</param>
/// <param name="Seen">The second of the clock up to which register C is complete.</param>
public sealed record CmosRtcState(byte Index, TimeSpan Offset, long Seen)
{
    /// <summary>The 128 bytes: registers A, B and C, the alarm, the time while the clock stands, and the battery-backed memory.</summary>
    public required ImmutableArray<byte> Memory { get; init; }

    /// <summary>Compares by value, the memory included.</summary>
    public bool Equals(CmosRtcState? other) =>
        other is not null && (Index, Offset, Seen) == (other.Index, other.Offset, other.Seen) && Memory.SequenceEqual(other.Memory);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Index, Offset, Seen);
}

/// <summary>What outlives an access: capture, restore, reset.</summary>
public sealed partial class CmosRtc
{
    private readonly CmosRtcState _powerOn;

    /// <summary>Back to what the machine was made with: its clock offset, and the memory as firmware leaves it.</summary>
    public void Reset() => Restore(_powerOn);

    /// <summary>A copy of all that the clock remembers.</summary>
    public CmosRtcState Capture()
    {
        lock (_lock) return new CmosRtcState(_index, new TimeSpan(_offset), _seen) { Memory = [.. _memory] };
    }

    /// <summary>Puts a captured state back and drives the interrupt line to match. The time is the host's then, and not that of the capture.</summary>
    /// <exception cref="ArgumentException">The memory has not 128 bytes; the state was not made by <see cref="Capture"/>.</exception>
    public void Restore(CmosRtcState state)
    {
        ArgumentNullException.ThrowIfNull(state);
        if (state.Memory.IsDefault || state.Memory.Length != CmosNvram.Size)
            throw new ArgumentException($"{Name}: the memory of the clock has {CmosNvram.Size} bytes.", nameof(state));

        lock (_lock)
        {
            _index = state.Index;
            _offset = Math.Clamp(state.Offset.Ticks, -DateTime.MaxValue.Ticks, DateTime.MaxValue.Ticks);
            state.Memory.CopyTo(_memory);
            _seen = state.Seen == NothingSeen ? GuestSecond : Math.Max(0, state.Seen);
            _memory[CmosRegister.A] &= unchecked((byte)~CmosA.UpdateInProgress);
            _memory[CmosRegister.C] &= Sources;
            DriveInterruptUnsynchronized();
        }
    }

    private static CmosRtcState PowerOn(TimeSpan offset, ReadOnlySpan<byte> nvram)
    {
        byte[] memory = nvram.ToArray();
        Array.Clear(memory, 0, CmosRegister.D + 1);
        memory[CmosRegister.A] = CmosA.PowerOn;
        memory[CmosRegister.B] = CmosB.Hours24;
        memory[CmosRegister.Century] = 0;
        return new CmosRtcState(0, offset, NothingSeen) { Memory = [.. memory] };
    }
}
