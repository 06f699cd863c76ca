using System.Runtime.InteropServices;
using KvmPS.Core.Boot;
using KvmPS.Native;
using KvmPS.Native.Interop;
using static KvmPS.Core.Cpu.ControlBits;

namespace KvmPS.Core.Cpu;

/// <summary>Turns the facts of a <see cref="CpuEntry"/> into registers, descriptor table and page tables.</summary>
public static class EntryState
{
    private const ushort TaskSelector = 0x20;

    /// <summary>The registers to enter with; writes the tables that the mode needs to guest memory.</summary>
    /// <param name="entry">What the boot protocol asks for.</param>
    /// <param name="reset">The vCPU's registers after reset, whose APIC base is kept.</param>
    /// <param name="memory">The guest's RAM.</param>
    public static (kvm_regs General, kvm_sregs Special) Prepare(CpuEntry entry, in kvm_sregs reset, GuestMemory memory)
    {
        var general = new kvm_regs
        {
            rip = entry.InstructionPointer,
            rax = entry.Rax,
            rbx = entry.Rbx,
            rsi = entry.Rsi,
            rsp = entry.Rsp,
            rflags = FlagsReservedOne,
        };
        kvm_sregs special = reset;
        switch (entry.Mode)
        {
            case CpuMode.Real:
                SetRealMode(ref special, entry.RealModeSegment);
                break;
            case CpuMode.Protected:
                SetFlatSegments(ref special, memory, longMode: false);
                special.cr0 = ProtectionEnable | ExtensionType;
                break;
            default:
                SetFlatSegments(ref special, memory, longMode: true);
                special.cr3 = PageTables.WriteIdentityMap(memory).Value;
                special.cr4 = PhysicalAddressExtension;
                special.cr0 = ProtectionEnable | ExtensionType | Paging;
                special.efer = LongModeEnable | LongModeActive;
                break;
        }

        return (general, special);
    }

    private static void SetRealMode(ref kvm_sregs special, ushort segment)
    {
        foreach (ref kvm_segment register in Segments(ref special))
        {
            register.selector = segment;
            register.@base = (ulong)segment << 4;
        }
    }

    private static void SetFlatSegments(ref kvm_sregs special, GuestMemory memory, bool longMode)
    {
        var code = new kvm_segment
        {
            limit = uint.MaxValue,
            selector = CpuEntry.FlatCodeSelector,
            type = 0xB, // execute, read, accessed
            present = 1,
            s = 1,
            g = 1,
            db = longMode ? (byte)0 : (byte)1,
            l = longMode ? (byte)1 : (byte)0,
        };
        var data = new kvm_segment
        {
            limit = uint.MaxValue,
            selector = CpuEntry.FlatDataSelector,
            type = 0x3, // read, write, accessed
            present = 1,
            s = 1,
            g = 1,
            db = 1,
        };
        var task = new kvm_segment { limit = 0x67, selector = TaskSelector, type = 0xB, present = 1 }; // busy TSS: VMX demands one
        foreach (ref kvm_segment register in Segments(ref special)) register = data;
        special.cs = code;
        special.tr = task;

        Span<ulong> table = [0, 0, Descriptor(code), Descriptor(data), Descriptor(task), 0];
        memory.Write(MemoryLayout.BootGdt.Start, MemoryMarshal.AsBytes(table));
        special.gdt = new kvm_dtable { @base = MemoryLayout.BootGdt.Start.Value, limit = (ushort)((table.Length * sizeof(ulong)) - 1) };
        special.idt = default; // no handler: a fault before the guest installs its own is a triple fault, as on a PC
    }

    /// <summary>CS, DS, ES, FS, GS and SS, which lie side by side.</summary>
    private static Span<kvm_segment> Segments(ref kvm_sregs special) => MemoryMarshal.CreateSpan(ref special.cs, 6);

    /// <summary>The descriptor that a segment register would have been loaded from [sdm 3A §3.4.5].</summary>
    private static ulong Descriptor(in kvm_segment segment)
    {
        ulong limit = segment.g != 0 ? segment.limit >> 12 : segment.limit;
        ulong rights = (ushort)SegmentRights.Pack(segment); // the bit above, unusable, is in no descriptor
        return (limit & 0xFFFF) | ((segment.@base & 0xFF_FFFF) << 16) | (rights << 40) | (((limit >> 16) & 0xF) << 48) | ((segment.@base >> 24) << 56);
    }
}
