namespace KvmPS.Core.Boot;

/// <summary>The processor mode in which a guest is entered.</summary>
public enum CpuMode
{
    /// <summary>16-bit real mode, as after reset.</summary>
    Real,

    /// <summary>32-bit protected mode with flat 4 GiB segments, paging off.</summary>
    Protected,

    /// <summary>64-bit long mode with the first 4 GiB mapped to themselves.</summary>
    Long,
}

/// <summary>
/// The state that a boot protocol asks of the first processor, as facts: whoever owns the vCPU turns them into registers, descriptor table and
/// page tables. Registers not named here are zero, interrupts are off and the direction flag is clear.
/// </summary>
/// <remarks>
/// In protected and long mode all segments are flat: code at selector 0x10 and data at 0x18, the values that Linux's 32- and 64-bit protocols fix
/// and the others leave open [x86-boot §1.14, §1.15]. The descriptor table is at <see cref="MemoryLayout.BootGdt"/>, the page tables at
/// <see cref="MemoryLayout.PageTables"/>.
/// </remarks>
public sealed record CpuEntry
{
    /// <summary>The selector of the flat code segment.</summary>
    public const ushort FlatCodeSelector = 0x10;

    /// <summary>The selector of the flat data segment.</summary>
    public const ushort FlatDataSelector = 0x18;

    /// <summary>The mode.</summary>
    public required CpuMode Mode { get; init; }

    /// <summary>RIP, EIP or IP: in real mode an offset into <see cref="RealModeSegment"/>, else a physical address.</summary>
    public required ulong InstructionPointer { get; init; }

    /// <summary>In real mode the value of all segment registers; their base is 16 times that.</summary>
    public ushort RealModeSegment { get; init; }

    /// <summary>RSP; in real mode SP.</summary>
    public ulong Rsp { get; init; }

    /// <summary>RAX: the magic number of multiboot.</summary>
    public ulong Rax { get; init; }

    /// <summary>RBX: the information structure of multiboot and PVH.</summary>
    public ulong Rbx { get; init; }

    /// <summary>RSI: the zero page of Linux.</summary>
    public ulong Rsi { get; init; }
}
