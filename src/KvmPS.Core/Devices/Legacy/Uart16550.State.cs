namespace KvmPS.Core.Devices.Legacy;

/// <summary>What outlives an access: capture, restore, reset.</summary>
public sealed partial class Uart16550
{
    private static readonly UartState PowerOn = new() { Divisor = PowerOnDivisor };

    /// <summary>Back to power-on state. What the receiver held is gone; what the source holds is not.</summary>
    public void Reset() => Restore(PowerOn);

    /// <summary>A copy of everything the UART remembers. The source's bytes are not part of it.</summary>
    public UartState Capture()
    {
        lock (_lock)
        {
            return new UartState
            {
                IER = _ier,
                FCR = _fcr,
                LCR = _lcr,
                MCR = _mcr,
                LineErrors = _lineErrors,
                ModemDelta = _modemDelta,
                SCR = _scr,
                Divisor = _divisor,
                TransmitterInterruptPending = _transmitterInterruptPending,
                Polling = _polling,
                IdlePolls = _idlePolls,
                BreakPending = _breakPending,
                Receiver = _receiver.Capture(),
                Returned = _returned.Capture(),
            };
        }
    }

    /// <summary>
    /// Puts a captured state back and drives the interrupt line to match. Pulls no input: call <see cref="InputAvailable"/> when the
    /// machine is whole.
    /// </summary>
    /// <exception cref="ArgumentException">The state holds more characters than the chip can; it was not made by <see cref="Capture"/>.</exception>
    public void Restore(UartState state)
    {
        ArgumentNullException.ThrowIfNull(state);

        // Checkpoints come from files: nothing in one may break an invariant.
        int held = state.Receiver.Count(static c => c.FromHost) + state.Returned.Length;
        if (state.Receiver.Length > UartFifo.Capacity || held > UartFifo.Capacity)
            throw new ArgumentException($"{Name}: the receiver of a 16550A holds at most {UartFifo.Capacity} characters.", nameof(state));

        lock (_lock)
        {
            _ier = (byte)(state.IER & Ier.Mask);
            _fcr = (byte)(state.FCR & (Fcr.Enable | Fcr.DmaMode | Fcr.TriggerMask));
            _lcr = state.LCR;
            _mcr = (byte)(state.MCR & Mcr.Mask);
            _lineErrors = (byte)(state.LineErrors & (Lsr.Overrun | Lsr.Break));
            _modemDelta = (byte)(state.ModemDelta & (Msr.DeltaMask | Msr.TrailingEdgeRing));
            _modemInputs = ModemInputs(_mcr);
            _scr = state.SCR;
            _divisor = state.Divisor;
            _transmitterInterruptPending = state.TransmitterInterruptPending;
            _polling = state.Polling;
            _idlePolls = state.IdlePolls;
            _breakPending = state.BreakPending;
            _receiver.Restore(state.Receiver);
            _returned.Restore(state.Returned);
            TellPollingUnsynchronized();
            DriveInterruptUnsynchronized();
        }
    }
}
