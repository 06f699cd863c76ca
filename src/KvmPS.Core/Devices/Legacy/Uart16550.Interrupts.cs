namespace KvmPS.Core.Devices.Legacy;

/// <summary>
/// The interrupts: five sources in the chip's order of priority, and the gate that a PC puts behind the chip.
/// <para>
/// DEVIATION: the chip reports a character time-out when a FIFO below its trigger level was left alone for four character times. Here no
/// more is coming when the level was not reached, so the time-out is due at once, and the guest never waits for a clock of ours.
/// </para>
/// </summary>
public sealed partial class Uart16550
{
    private bool _transmitterInterruptPending;
    private bool _asserted;

    /// <summary>The pending and enabled source of the highest priority, as IIR shows it [16550 §8.6, table IV].</summary>
    private byte PendingInterrupt
    {
        get
        {
            if ((_ier & Ier.LineStatus) != 0 && _lineErrors != 0) return Iir.LineStatus;
            if ((_ier & Ier.ReceivedData) != 0 && _receiver.Count > 0)
                return !FifosEnabled || _receiver.Count >= Fcr.TriggerLevel(_fcr) ? Iir.ReceivedData : Iir.CharacterTimeout;
            if ((_ier & Ier.TransmitterEmpty) != 0 && _transmitterInterruptPending) return Iir.TransmitterEmpty;
            return (_ier & Ier.ModemStatus) != 0 && _modemDelta != 0 ? Iir.ModemStatus : Iir.None;
        }
    }

    /// <summary>Reading IIR acknowledges the transmitter's interrupt when that is what it shows, and no other [16550 §8.6, table IV].</summary>
    private byte ReadInterruptIdentificationUnsynchronized()
    {
        byte source = PendingInterrupt;
        if (source == Iir.TransmitterEmpty) _transmitterInterruptPending = false;
        DriveInterruptUnsynchronized();
        return FifosEnabled ? (byte)(source | Iir.FifosEnabled) : source;
    }

    private void WriteInterruptEnableUnsynchronized(byte value)
    {
        value &= Ier.Mask;

        // The transmitter is always empty, so its interrupt is due whenever it becomes enabled. Linux tests for chips that forget this.
        if ((value & ~_ier & Ier.TransmitterEmpty) != 0) _transmitterInterruptPending = true;
        bool changes = ((value ^ _ier) & Ier.TransmitterEmpty) != 0;
        _ier = value;
        if (changes) TellPollingUnsynchronized();
        StopPollingUnsynchronized();
        DriveInterruptUnsynchronized();
        PullInputUnsynchronized();
    }

    /// <summary>Without the transmitter's interrupt a driver can send by polling only.</summary>
    private void TellPollingUnsynchronized() => _sink.PollingChanged((_ier & Ier.TransmitterEmpty) == 0);

    /// <summary>Sets the wire: the chip's output through the gate of OUT2, a pin that is off in loopback [16550 §8.8].</summary>
    private void DriveInterruptUnsynchronized()
    {
        bool asserted = (_mcr & (Mcr.OUT2 | Mcr.Loopback)) == Mcr.OUT2 && PendingInterrupt != Iir.None;
        if (asserted == _asserted) return;
        _asserted = asserted;
        _interrupt.Set(asserted);
    }
}
