using KvmPS.Core.Boot;
using KvmPS.Core.Machine;

namespace KvmPS.Bench.Benches;

/// <summary>The guest whose first exit is timed: a byte to COM1, whose log stamps it, and then the end by the debug-exit port.</summary>
internal static class FirstExit
{
    /// <summary>Machines whose time is not counted.</summary>
    public const int WarmUp = 10;

    /// <summary>Machines whose time is.</summary>
    public const int Samples = 50;

    /// <summary>Its RAM.</summary>
    public const ulong MemoryBytes = 16 << 20;

    /// <summary>Real mode.</summary>
    public static byte[] Code { get; } =
    [
        0xBA, 0xF8, 0x03, // mov dx, 0x3f8
        0xEE,             // out dx, al
        0xE6, 0xF4,       // out 0xf4, al
    ];

    /// <summary>The machine.</summary>
    public static MachineConfig Machine(bool interruptController) => new()
    {
        Name = "first-exit",
        Boot = new CodeBoot(Code, CpuMode.Real, MemoryLayout.RawCode),
        MemoryBytes = MemoryBytes,
        InterruptController = interruptController,
    };
}
