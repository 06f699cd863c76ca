using KvmPS.Core.Debug;

namespace KvmPS;

/// <summary>The registers of a vCPU at one moment, with the names of the bits that are set in them.</summary>
public sealed class KvmRegisters
{
    private readonly CpuRegisters _registers;

    internal KvmRegisters(KvmVM vm, int index, in CpuRegisters registers)
    {
        _registers = registers;
        VMName = vm.Name;
        Index = index;
        Flags = ControlBitNames.OfRflags(Rflags);
        Cr0Flags = ControlBitNames.OfCr0(Cr0);
        Cr4Flags = ControlBitNames.OfCr4(Cr4);
        EferFlags = ControlBitNames.OfEfer(Efer);
        Cs = new KvmSegment(registers.Special.cs);
        Ds = new KvmSegment(registers.Special.ds);
        Es = new KvmSegment(registers.Special.es);
        Fs = new KvmSegment(registers.Special.fs);
        Gs = new KvmSegment(registers.Special.gs);
        Ss = new KvmSegment(registers.Special.ss);
        Tr = new KvmSegment(registers.Special.tr);
        Ldt = new KvmSegment(registers.Special.ldt);
        Gdt = new KvmDescriptorTable(registers.Special.gdt);
        Idt = new KvmDescriptorTable(registers.Special.idt);
    }

    /// <summary>The machine's name.</summary>
    public string VMName { get; }

    /// <summary>The number of the vCPU.</summary>
    public int Index { get; }

    /// <summary>The mode that the CPU is in.</summary>
    public ExecutionMode Mode => _registers.Mode;

    /// <summary>The general register RAX.</summary>
    public ulong Rax => _registers.General.rax;

    /// <summary>The general register RBX.</summary>
    public ulong Rbx => _registers.General.rbx;

    /// <summary>The general register RCX.</summary>
    public ulong Rcx => _registers.General.rcx;

    /// <summary>The general register RDX.</summary>
    public ulong Rdx => _registers.General.rdx;

    /// <summary>The general register RSI.</summary>
    public ulong Rsi => _registers.General.rsi;

    /// <summary>The general register RDI.</summary>
    public ulong Rdi => _registers.General.rdi;

    /// <summary>The general register RBP.</summary>
    public ulong Rbp => _registers.General.rbp;

    /// <summary>The general register RSP.</summary>
    public ulong Rsp => _registers.General.rsp;

    /// <summary>The general register R8.</summary>
    public ulong R8 => _registers.General.r8;

    /// <summary>The general register R9.</summary>
    public ulong R9 => _registers.General.r9;

    /// <summary>The general register R10.</summary>
    public ulong R10 => _registers.General.r10;

    /// <summary>The general register R11.</summary>
    public ulong R11 => _registers.General.r11;

    /// <summary>The general register R12.</summary>
    public ulong R12 => _registers.General.r12;

    /// <summary>The general register R13.</summary>
    public ulong R13 => _registers.General.r13;

    /// <summary>The general register R14.</summary>
    public ulong R14 => _registers.General.r14;

    /// <summary>The general register R15.</summary>
    public ulong R15 => _registers.General.r15;

    /// <summary>The instruction pointer, as an offset into the code segment.</summary>
    public ulong Rip => _registers.General.rip;

    /// <summary>The flags.</summary>
    public ulong Rflags => _registers.General.rflags;

    /// <summary>The names of the flags that are set, from bit 0 up; <c>IOPL1</c> to <c>IOPL3</c> for the I/O privilege level.</summary>
    public string[] Flags { get; }

    /// <summary>The code segment.</summary>
    public KvmSegment Cs { get; }

    /// <summary>The data segment.</summary>
    public KvmSegment Ds { get; }

    /// <summary>The extra segment.</summary>
    public KvmSegment Es { get; }

    /// <summary>The segment FS.</summary>
    public KvmSegment Fs { get; }

    /// <summary>The segment GS.</summary>
    public KvmSegment Gs { get; }

    /// <summary>The stack segment.</summary>
    public KvmSegment Ss { get; }

    /// <summary>The task register.</summary>
    public KvmSegment Tr { get; }

    /// <summary>The local descriptor table.</summary>
    public KvmSegment Ldt { get; }

    /// <summary>The global descriptor table.</summary>
    public KvmDescriptorTable Gdt { get; }

    /// <summary>The interrupt descriptor table.</summary>
    public KvmDescriptorTable Idt { get; }

    /// <summary>Control register 0: protection, paging, caches.</summary>
    public ulong Cr0 => _registers.Special.cr0;

    /// <summary>Control register 2: the address of the last page fault.</summary>
    public ulong Cr2 => _registers.Special.cr2;

    /// <summary>Control register 3: where the page tables are.</summary>
    public ulong Cr3 => _registers.Special.cr3;

    /// <summary>Control register 4: extensions.</summary>
    public ulong Cr4 => _registers.Special.cr4;

    /// <summary>Control register 8: the task priority.</summary>
    public ulong Cr8 => _registers.Special.cr8;

    /// <summary>The extended feature register.</summary>
    public ulong Efer => _registers.Special.efer;

    /// <summary>Where the local APIC is, and whether it is on.</summary>
    public ulong ApicBase => _registers.Special.apic_base;

    /// <summary>The names of the bits that are set in CR0.</summary>
    public string[] Cr0Flags { get; }

    /// <summary>The names of the bits that are set in CR4.</summary>
    public string[] Cr4Flags { get; }

    /// <summary>The names of the bits that are set in EFER.</summary>
    public string[] EferFlags { get; }

    /// <summary>The machine's name and the number.</summary>
    public override string ToString() => $"{VMName}/{Index}";
}
