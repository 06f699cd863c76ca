namespace KvmPS.Core.Devices;

/// <summary>Which device asked for a reset.</summary>
public enum ResetSource
{
    /// <summary>The keyboard controller: command 0xFE, or its output port (Linux: <c>reboot=k</c>).</summary>
    KeyboardController,

    /// <summary>The reset control register at port 0xCF9 (Linux: <c>reboot=p</c>).</summary>
    ResetControlRegister,

    /// <summary>Bit 0 of system control port A at 0x92, which the BSDs try after the others.</summary>
    SystemControlPort,
}
