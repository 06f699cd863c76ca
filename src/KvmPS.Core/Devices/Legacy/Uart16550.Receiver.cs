namespace KvmPS.Core.Devices.Legacy;

/// <summary>
/// The receiver: how a guest gets the host's input without losing a byte of it.
/// <para>
/// Back-pressure: the FIFO takes from the source only what it has room for, so the host's input never overruns it.
/// </para>
/// <para>
/// Nobody is listening at first. A driver's probe and its start read RBR "for luck" and clear the FIFOs, so input that was queued before the
/// guest's shell exists would be lost byte by byte. Input therefore stays with the host until the guest shows that it wants it: it enables
/// the received-data interrupt, or it polls, which is <see cref="IdlePollsToListen"/> looks at LSR that found nothing and that no
/// transmission explains (every byte sent forgives one, because a driver looks at LSR before it sends). Writing IER or FCR, as
/// every probe does and no polling loop, starts that count afresh. What the FIFO once showed stays in it until it is read or cleared.
/// </para>
/// <para>
/// DEVIATION: a real FIFO that is cleared loses what is in it. Here the host's bytes go back and are delivered again, because a driver
/// clears the FIFO when it starts, and a script whose first bytes vanish then has no way to know. Bytes of the guest's own loopback are lost as on the chip.
/// </para>
/// </summary>
public sealed partial class Uart16550
{
    /// <summary>How many fruitless looks at LSR mean that a guest polls; a driver that probes makes two or three before it writes IER or FCR again.</summary>
    public const int IdlePollsToListen = 8;

    private readonly UartFifo _receiver = new();
    private readonly UartFifo _returned = new();
    private bool _polling;
    private int _idlePolls;
    private bool _breakPending;

    private bool Listening => !Loopback && (_polling || (_ier & Ier.ReceivedData) != 0);

    private int ReceiverCapacity => FifosEnabled ? UartFifo.Capacity : 1;

    /// <inheritdoc/>
    public void InputAvailable()
    {
        lock (_lock) PullInputUnsynchronized();
    }

    /// <inheritdoc/>
    public void SendBreak()
    {
        lock (_lock)
        {
            _breakPending = true;
            PullInputUnsynchronized();
        }
    }

    /// <summary>
    /// Fills the receiver: first with what was cleared unread, then from the source. INVARIANT: the source is asked only when nothing is
    /// left to deliver again, so the host's characters in both FIFOs together are never more than 16.
    /// </summary>
    private void PullInputUnsynchronized()
    {
        if (!Listening) return;
        int room = ReceiverCapacity - _receiver.Count;
        for (; room > 0 && _returned.Count > 0; room--) ReceiveUnsynchronized(_returned.Pop());
        if (room > 0 && _breakPending)
        {
            _breakPending = false;
            ReceiveUnsynchronized(new UartCharacter(0, Lsr.Break, FromHost: true));
            room--;
        }

        if (room > 0)
        {
            Span<byte> bytes = stackalloc byte[UartFifo.Capacity];
            bytes = bytes[.._source.Take(bytes[..room])];
            foreach (byte value in bytes) ReceiveUnsynchronized(new UartCharacter(value, 0, FromHost: true));
        }

        DriveInterruptUnsynchronized();
    }

    private byte ReadReceiverUnsynchronized()
    {
        if (_receiver.Count == 0) return 0;
        byte value = _receiver.Pop().Value;
        _lineErrors |= _receiver.TakeErrors();

        // The line falls before the receiver is filled again, so that a guest with an edge-triggered controller sees the next interrupt.
        DriveInterruptUnsynchronized();
        if (_receiver.Count == 0) PullInputUnsynchronized();
        return value;
    }

    private byte ReadLineStatusUnsynchronized()
    {
        if (_receiver.Count == 0) CountIdlePollUnsynchronized();
        int status = Lsr.TransmitterHoldingEmpty | Lsr.TransmitterEmpty | _lineErrors;
        if (_receiver.Count > 0) status |= Lsr.DataReady;
        if (FifosEnabled && ((_lineErrors & Lsr.Break) != 0 || _receiver.HasErrors)) status |= Lsr.ErrorInFifo;
        _lineErrors = 0;
        DriveInterruptUnsynchronized();
        return (byte)status;
    }

    private void WriteFifoControlUnsynchronized(byte value)
    {
        bool enable = (value & Fcr.Enable) != 0;
        if (enable != FifosEnabled || (enable && (value & Fcr.ClearReceiver) != 0)) ClearReceiverUnsynchronized();

        // Without the enable bit the others are not programmed [16550 §8.5].
        _fcr = enable ? (byte)(value & (Fcr.Enable | Fcr.DmaMode | Fcr.TriggerMask)) : (byte)0;
        StopPollingUnsynchronized();
        DriveInterruptUnsynchronized();
        PullInputUnsynchronized();
    }

    private void ClearReceiverUnsynchronized()
    {
        int later = _returned.Count;
        for (; _receiver.Count > 0;)
        {
            UartCharacter character = _receiver.Pop();
            if (character.FromHost) _returned.Push(character);
        }

        // What was waiting for redelivery already comes after what was in the FIFO.
        for (; later > 0; later--) _returned.Push(_returned.Pop());
    }

    /// <summary>The guest's own byte comes back. Only here can the receiver overrun: [16550 §8.4, bit 1].</summary>
    private void LoopBackUnsynchronized(UartCharacter character)
    {
        if (_receiver.Count >= ReceiverCapacity)
        {
            _lineErrors |= Lsr.Overrun;
            if (!FifosEnabled && !_receiver.HostOnTop) // The single register is overwritten; a full FIFO keeps what it has.
            {
                _receiver.Clear();
                ReceiveUnsynchronized(character);
            }
        }
        else
        {
            ReceiveUnsynchronized(character);
        }

        DriveInterruptUnsynchronized();
    }

    private void ReceiveUnsynchronized(UartCharacter character)
    {
        _receiver.Push(character);
        if (_receiver.Count == 1) _lineErrors |= _receiver.TakeErrors();
    }

    private void CountIdlePollUnsynchronized()
    {
        if (_polling || ++_idlePolls < IdlePollsToListen) return;
        _polling = true;
        PullInputUnsynchronized();
    }

    private void ForgivePollsUnsynchronized(int count) => _idlePolls = Math.Max(0, _idlePolls - count);

    private void StopPollingUnsynchronized() => (_polling, _idlePolls) = (false, 0);
}
