using System.Collections.Immutable;

namespace KvmPS.Core.Devices.Legacy;

/// <summary>All that a <see cref="Uart16550"/> remembers, under the datasheet's register names [16550 §8].</summary>
public sealed record UartState
{
    /// <summary>Interrupt enable register.</summary>
    public byte IER { get; init; }

    /// <summary>FIFO control register, without the bits that clear themselves.</summary>
    public byte FCR { get; init; }

    /// <summary>Line control register.</summary>
    public byte LCR { get; init; }

    /// <summary>Modem control register.</summary>
    public byte MCR { get; init; }

    /// <summary>The error bits of the line status register that were not read yet.</summary>
    public byte LineErrors { get; init; }

    /// <summary>The change bits of the modem status register that were not read yet.</summary>
    public byte ModemDelta { get; init; }

    /// <summary>Scratch register.</summary>
    public byte SCR { get; init; }

    /// <summary>The divisor latch: DLM in the high byte, DLL in the low one.</summary>
    public ushort Divisor { get; init; }

    /// <summary>Whether the transmitter-empty interrupt has not been acknowledged.</summary>
    public bool TransmitterInterruptPending { get; init; }

    /// <summary>Whether the guest was found to poll for input.</summary>
    public bool Polling { get; init; }

    /// <summary>How many fruitless looks at the line status register were counted towards <see cref="Polling"/>.</summary>
    public int IdlePolls { get; init; }

    /// <summary>Whether a break waits for room in the receiver.</summary>
    public bool BreakPending { get; init; }

    /// <summary>The receiver FIFO, oldest first; at most 16.</summary>
    public ImmutableArray<UartCharacter> Receiver { get; init; } = [];

    /// <summary>Characters that the guest cleared unread and that will be delivered again, oldest first; at most 16.</summary>
    public ImmutableArray<UartCharacter> Returned { get; init; } = [];

    /// <summary>Compares by value, the characters included.</summary>
    public bool Equals(UartState? other) =>
        other is not null
        && (IER, FCR, LCR, MCR, LineErrors, ModemDelta, SCR) == (other.IER, other.FCR, other.LCR, other.MCR, other.LineErrors, other.ModemDelta, other.SCR)
        && (Divisor, TransmitterInterruptPending, Polling, IdlePolls, BreakPending)
            == (other.Divisor, other.TransmitterInterruptPending, other.Polling, other.IdlePolls, other.BreakPending)
        && Receiver.SequenceEqual(other.Receiver)
        && Returned.SequenceEqual(other.Returned);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(IER, FCR, LCR, MCR, SCR, Divisor, Receiver.Length, Returned.Length);
}
