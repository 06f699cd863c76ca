using System.Buffers.Binary;

namespace KvmPS.Core.Devices.Legacy;

/// <summary>What a <see cref="PciHostStub"/> remembers.</summary>
/// <param name="ConfigAddress">CONFIG_ADDRESS, at port 0xCF8.</param>
/// <param name="ResetControl">The reset control register, at port 0xCF9.</param>
public sealed record PciHostStubState(uint ConfigAddress, byte ResetControl);

/// <summary>
/// Ports 0xCF8 to 0xCFF of a machine without a PCI bus. Two devices of a PC share them: a dword at 0xCF8 is CONFIG_ADDRESS
/// [pci-3.0 §3.2.2.3.2], which reads back so that a guest finds configuration mechanism 1 and then no device behind it, and the single
/// byte at 0xCF9 is the chipset's reset control register [piix3].
/// <para>
/// A dword at offset 0 is the address register and nothing else. Any other access is taken byte by byte: offset 1 is the reset
/// control register in reads, and in writes of exactly one byte; all other bytes read 0xFF and ignore writes. A wide write never
/// resets the machine, because a PC's chipset decodes 0xCF9 for byte cycles only.
/// </para>
/// </summary>
/// <param name="system">Told of a reset.</param>
public sealed class PciHostStub(ISystemControl system) : IBusDevice
{
    /// <summary>The number of ports.</summary>
    public const int PortCount = 8;

    /// <summary>The port of the reset control register; 6 written to it resets the machine.</summary>
    public const ushort ResetControlPort = 0xCF9;

    private const int ResetControlOffset = 1;
    private const byte SystemReset = 1 << 1; // Chooses a hard reset rather than INIT.
    private const byte ResetCpu = 1 << 2;    // Its rising edge does the reset.
    private const byte FullReset = 1 << 3;   // Cycles the power as well, on later chipsets.
    private const byte ResetControlMask = SystemReset | ResetCpu | FullReset;
    private const uint ConfigAddressMask = 0x80FF_FFFC; // Bits 30-24 and 1-0 are reserved and read 0.

    private readonly Lock _lock = new(); // LOCK ORDER: before any lock of the machine that RequestReset takes.
    private uint _configAddress;
    private byte _resetControl;

    /// <inheritdoc/>
    public string Name => "pci-host";

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        data.Fill(0xFF);
        lock (_lock)
        {
            if (offset == 0 && data.Length == sizeof(uint))
            {
                BinaryPrimitives.WriteUInt32LittleEndian(data, _configAddress);
                return;
            }

            for (int i = 0; i < data.Length; i++)
                if (offset + (ulong)i == ResetControlOffset) data[i] = _resetControl;
        }
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            if (offset == 0 && data.Length == sizeof(uint)) _configAddress = BinaryPrimitives.ReadUInt32LittleEndian(data) & ConfigAddressMask;
            else if (offset == ResetControlOffset && data.Length == 1) WriteResetControlUnsynchronized(data[0]);
        }
    }

    /// <inheritdoc/>
    public void Reset() => Restore(new PciHostStubState(0, 0));

    /// <summary>The registers as they are.</summary>
    public PciHostStubState Capture()
    {
        lock (_lock) return new PciHostStubState(_configAddress, _resetControl);
    }

    /// <summary>Puts the registers back; asks for no reset.</summary>
    public void Restore(PciHostStubState state)
    {
        lock (_lock) (_configAddress, _resetControl) = (state.ConfigAddress & ConfigAddressMask, (byte)(state.ResetControl & ResetControlMask));
    }

    private void WriteResetControlUnsynchronized(byte value)
    {
        bool rising = (value & ResetCpu) != 0 && (_resetControl & ResetCpu) == 0;
        _resetControl = (byte)(value & ResetControlMask);

        // DEVIATION: an INIT without a hard reset (bit 1 clear) would restart the CPUs at a firmware that is not there; no system asks for it.
        if (rising && (value & SystemReset) != 0) system.RequestReset(ResetSource.ResetControlRegister);
    }
}
