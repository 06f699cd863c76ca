using System.Buffers.Binary;
using KvmPS.Native;

namespace KvmPS.Core.Boot.Acpi;

/// <summary>
/// The fixed ACPI description table [acpi §5.2.9]: where power management is, and which parts of a PC there are. There is no SMI command port, so the
/// machine is in ACPI mode from the start and stays in it.
/// </summary>
internal static class Fadt
{
    private const int Size = 276;
    private const byte Revision = 6;
    private const byte MinorRevision = 3;

    // Offsets into the table, in its order.
    private const int FirmwareControl = 36;
    private const int Dsdt = 40;
    private const int SciInterrupt = 46;
    private const int EventBlock = 56;
    private const int ControlBlock = 64;
    private const int TimerBlock = 76;
    private const int EventLength = 88;
    private const int ControlLength = 89;
    private const int TimerLength = 91;
    private const int C2Latency = 96;
    private const int C3Latency = 98;
    private const int Century = 108;
    private const int BootArchitecture = 109;
    private const int Flags = 112;
    private const int ResetRegister = 116;
    private const int ResetValue = 128;
    private const int MinorVersion = 131;
    private const int ExtendedDsdt = 140;
    private const int ExtendedEventBlock = 148;
    private const int ExtendedControlBlock = 172;
    private const int ExtendedTimerBlock = 208;
    private const int HypervisorVendor = 268;

    /// <summary>Latencies above these say that there is no such processor state.</summary>
    private const ushort NoC2 = 101;
    private const ushort NoC3 = 1001;

    private const byte CenturyInCmos = 0x32; // Where PCs have it.
    private const byte HardResetRising = 0x06; // [piix3]

    [Flags]
    private enum BootFlags : ushort
    {
        LegacyDevices = 1 << 0,
        KeyboardController = 1 << 1,
        NoVga = 1 << 2,
        NoAspm = 1 << 4,
        NoRealTimeClock = 1 << 5,
    }

    [Flags]
    private enum FeatureFlags : uint
    {
        WriteBackInvalidate = 1 << 0,
        C1OnAll = 1 << 2,
        NoFixedSleepButton = 1 << 5,
        NoFixedRtcWake = 1 << 6,
        Timer32Bits = 1 << 8,
        ResetRegister = 1 << 10,
    }

    /// <summary>Widths by which a register is accessed [acpi §5.2.3.2].</summary>
    private enum Access : byte
    {
        Byte = 1,
        Word = 2,
        DWord = 3,
    }

    /// <summary>Makes the table.</summary>
    /// <param name="platform">The machine.</param>
    /// <param name="firmwareControl">Where the FACS is.</param>
    /// <param name="dsdt">Where the DSDT is.</param>
    public static byte[] Create(AcpiPlatform platform, GuestAddress firmwareControl, GuestAddress dsdt)
    {
        byte[] body = new byte[Size - AcpiTable.HeaderSize];

        // The 32-bit addresses are for systems from before ACPI 2.0, and Linux compares the two.
        Put32(FirmwareControl, (uint)firmwareControl.Value);
        Put32(Dsdt, (uint)dsdt.Value);
        Put64(ExtendedDsdt, dsdt.Value);

        Put16(SciInterrupt, platform.SystemControlInterrupt);
        ushort port = platform.PowerManagementPort;
        PutBlock(port, 4, Access.Word, EventBlock, EventLength, ExtendedEventBlock);
        PutBlock((ushort)(port + 4), 2, Access.Word, ControlBlock, ControlLength, ExtendedControlBlock);
        PutBlock((ushort)(port + 8), 4, Access.DWord, TimerBlock, TimerLength, ExtendedTimerBlock);
        Put16(C2Latency, NoC2);
        Put16(C3Latency, NoC3);

        if (platform.HasRealTimeClock) Put8(Century, CenturyInCmos);
        Put16(BootArchitecture, (ushort)(BootFlags.LegacyDevices | BootFlags.NoVga | BootFlags.NoAspm
            | (platform.HasKeyboardController ? BootFlags.KeyboardController : 0) | (platform.HasRealTimeClock ? 0 : BootFlags.NoRealTimeClock)));
        Put32(Flags, (uint)(FeatureFlags.WriteBackInvalidate | FeatureFlags.C1OnAll | FeatureFlags.NoFixedSleepButton
            | FeatureFlags.NoFixedRtcWake | FeatureFlags.Timer32Bits | FeatureFlags.ResetRegister));

        PutAddress(ResetRegister, platform.ResetPort, 1, Access.Byte);
        Put8(ResetValue, HardResetRising);
        Put8(MinorVersion, MinorRevision);
        "KVMPS"u8.CopyTo(At(HypervisorVendor));
        return AcpiTable.Create("FACP", Revision, body);

        void PutBlock(ushort at, byte length, Access access, int block, int blockLength, int extended)
        {
            Put32(block, at);
            Put8(blockLength, length);
            PutAddress(extended, at, length, access);
        }

        // A generic address: space 1 is I/O ports, then the width in bits, offset 0, the access size.
        void PutAddress(int offset, ushort at, byte length, Access access)
        {
            ((ReadOnlySpan<byte>)[1, (byte)(length * 8), 0, (byte)access]).CopyTo(At(offset));
            Put64(offset + 4, at);
        }

        Span<byte> At(int offset) => body.AsSpan(offset - AcpiTable.HeaderSize);
        void Put8(int offset, byte value) => At(offset)[0] = value;
        void Put16(int offset, ushort value) => BinaryPrimitives.WriteUInt16LittleEndian(At(offset), value);
        void Put32(int offset, uint value) => BinaryPrimitives.WriteUInt32LittleEndian(At(offset), value);
        void Put64(int offset, ulong value) => BinaryPrimitives.WriteUInt64LittleEndian(At(offset), value);
    }
}
