using KvmPS.Core.Boot;
using KvmPS.Core.Machine;

namespace KvmPS.Tests.Guests;

/// <summary>Programs of a few bytes for tests of the machine around them; real mode, at 0x1000.</summary>
internal static class RealModeCode
{
    /// <summary>Counts a byte of memory up and exits with it: 3 in a machine whose memory was zero.</summary>
    public static CodeBoot CountRuns { get; } = Of(
        0xFE, 0x06, 0x00, 0x30, // inc byte [0x3000]
        0xA0, 0x00, 0x30, // mov al, [0x3000]
        0xE6, 0xF4); // out 0xf4, al

    /// <summary>Sleeps with interrupts on; none will come.</summary>
    public static CodeBoot Sleep { get; } = Of(
        0xB0, 0xFF, 0xE6, 0x21, 0xE6, 0xA1, // mov al, 0xff; out 0x21, al; out 0xa1, al: the PIC masks all
        0xFB, 0xF4, // sti; hlt
        0xEB, 0xFD); // jmp back to hlt

    /// <summary>Writes three codes to port 0x80 and exits.</summary>
    public static CodeBoot PostCodes { get; } = Of(
        0xB0, 0x11, 0xE6, 0x80, // mov al, 0x11; out 0x80, al
        0xB0, 0x22, 0xE6, 0x80,
        0xB0, 0x33, 0xE6, 0x80,
        0xE4, 0x80, // in al, 0x80: the last one
        0xE6, 0xF4); // out 0xf4, al

    /// <summary>Says "hi" and a newline, touches a port, and goes on for ever.</summary>
    public static CodeBoot Touch(byte port, bool write) => Of(
        0xBA, 0xF8, 0x03, // mov dx, 0x3f8
        0xB0, (byte)'h', 0xEE, 0xB0, (byte)'i', 0xEE, 0xB0, (byte)'\n', 0xEE,
        write ? (byte)0xE6 : (byte)0xE4, port, // out port, al or in al, port
        0xEB, 0xFE); // jmp to itself

    /// <summary>Loops and then exits with code 1.</summary>
    public static CodeBoot ExitAfter(ushort iterations) => Of(
        0xB9, (byte)iterations, (byte)(iterations >> 8), // mov cx, iterations
        0xE2, 0xFE, // loop to itself
        0x30, 0xC0, 0xE6, 0xF4); // xor al, al; out 0xf4, al

    private static CodeBoot Of(params byte[] code) => new(code, CpuMode.Real, MemoryLayout.RawCode);
}
