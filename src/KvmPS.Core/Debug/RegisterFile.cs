using KvmPS.Core.Cpu;
using KvmPS.Native.Interop;
using static KvmPS.Core.Cpu.ControlBits;

namespace KvmPS.Core.Debug;

/// <summary>All registers that can be read and set by name. Their order is that in which several changes are made: a whole before its parts, a selector before its base.</summary>
public static class RegisterFile
{
    private static readonly Register[] Wholes = General();

    private static readonly Register[] Table = [.. Wholes, .. Parts(), .. Flags(), .. Segments(), .. Tables(), .. Control()];

    private static readonly Dictionary<string, Register> ByName = Table.ToDictionary(static register => register.Name, StringComparer.OrdinalIgnoreCase);

    private delegate ref ulong Word(ref CpuRegisters registers);

    private delegate ref kvm_segment Segment(ref CpuRegisters registers);

    private delegate ref kvm_dtable Descriptor(ref CpuRegisters registers);

    /// <summary>All registers.</summary>
    public static IReadOnlyList<Register> All => Table;

    /// <summary>The register of a name, without regard to case; null when there is none.</summary>
    public static Register? Find(string name) => ByName.GetValueOrDefault(name);

    /// <summary>The place of a register in the order of changes.</summary>
    internal static int OrderOf(Register register) => Array.IndexOf(Table, register);

    private static Register Of(string name) => Array.Find(Wholes, register => register.Name == name)!;

    private static Register[] General() =>
    [
        Whole("Rax", static (ref r) => ref r.General.rax),
        Whole("Rbx", static (ref r) => ref r.General.rbx),
        Whole("Rcx", static (ref r) => ref r.General.rcx),
        Whole("Rdx", static (ref r) => ref r.General.rdx),
        Whole("Rsi", static (ref r) => ref r.General.rsi),
        Whole("Rdi", static (ref r) => ref r.General.rdi),
        Whole("Rbp", static (ref r) => ref r.General.rbp),
        Whole("Rsp", static (ref r) => ref r.General.rsp),
        Whole("R8", static (ref r) => ref r.General.r8),
        Whole("R9", static (ref r) => ref r.General.r9),
        Whole("R10", static (ref r) => ref r.General.r10),
        Whole("R11", static (ref r) => ref r.General.r11),
        Whole("R12", static (ref r) => ref r.General.r12),
        Whole("R13", static (ref r) => ref r.General.r13),
        Whole("R14", static (ref r) => ref r.General.r14),
        Whole("R15", static (ref r) => ref r.General.r15),
        Whole("Rip", static (ref r) => ref r.General.rip), // checked with every change, since its rule depends on the mode
        new(
            "Rflags",
            64,
            static (in r) => r.General.rflags,
            static (ref r, value) => r.General.rflags = value | FlagsReservedOne) { IsGeneral = true, Rule = RegisterRule.Flags },
    ];

    private static IEnumerable<Register> Parts()
    {
        foreach (char letter in "abcd")
        {
            Register whole = Of($"R{letter}x");
            yield return Part($"E{letter}x", whole, 0, 32);
            yield return Part($"{char.ToUpperInvariant(letter)}x", whole, 0, 16);
            yield return Part($"{char.ToUpperInvariant(letter)}l", whole, 0, 8);
            yield return Part($"{char.ToUpperInvariant(letter)}h", whole, 8, 8);
        }

        foreach (string name in new[] { "si", "di", "bp", "sp" })
        {
            Register whole = Of($"R{name}");
            string capital = char.ToUpperInvariant(name[0]) + name[1..];
            yield return Part($"E{name}", whole, 0, 32);
            yield return Part(capital, whole, 0, 16);
            yield return Part($"{capital}l", whole, 0, 8);
        }

        for (int number = 8; number <= 15; number++)
        {
            Register whole = Of($"R{number}");
            yield return Part($"R{number}d", whole, 0, 32);
            yield return Part($"R{number}w", whole, 0, 16);
            yield return Part($"R{number}b", whole, 0, 8);
        }

        yield return Part("Eip", Of("Rip"), 0, 32);
        yield return Part("Ip", Of("Rip"), 0, 16);
        yield return Part("Eflags", Of("Rflags"), 0, 32);
    }

    private static IEnumerable<Register> Flags()
    {
        Register whole = Of("Rflags");
        foreach ((string name, int bit) in ControlBitNames.SingleFlags) yield return Part(name, whole, bit, 1);
        yield return Part("IOPL", whole, 12, 2);
    }

    private static Register[] Segments() =>
    [
        .. Loadable("Cs", static (ref r) => ref r.Special.cs, RegisterRule.Lower32),
        .. Loadable("Ds", static (ref r) => ref r.Special.ds, RegisterRule.Lower32),
        .. Loadable("Es", static (ref r) => ref r.Special.es, RegisterRule.Lower32),
        .. Loadable("Fs", static (ref r) => ref r.Special.fs, RegisterRule.Canonical),
        .. Loadable("Gs", static (ref r) => ref r.Special.gs, RegisterRule.Canonical),
        .. Loadable("Ss", static (ref r) => ref r.Special.ss, RegisterRule.Lower32),
        .. HiddenPart("Tr", static (ref r) => ref r.Special.tr, RegisterRule.Canonical),
        .. HiddenPart("Ldt", static (ref r) => ref r.Special.ldt, RegisterRule.Canonical),
    ];

    private static Register[] Tables() =>
    [
        .. TableOf("Gdt", static (ref r) => ref r.Special.gdt),
        .. TableOf("Idt", static (ref r) => ref r.Special.idt),
    ];

    private static Register[] Control() =>
    [
        Whole("Cr0", static (ref r) => ref r.Special.cr0, isGeneral: false, RegisterRule.Cr0),
        Whole("Cr2", static (ref r) => ref r.Special.cr2, isGeneral: false),
        Whole("Cr3", static (ref r) => ref r.Special.cr3, isGeneral: false),
        Whole("Cr4", static (ref r) => ref r.Special.cr4, isGeneral: false),
        new("Cr8", 4, static (in r) => r.Special.cr8, static (ref r, value) => r.Special.cr8 = value),
        Whole("Efer", static (ref r) => ref r.Special.efer, isGeneral: false, RegisterRule.Efer),
        Whole("ApicBase", static (ref r) => ref r.Special.apic_base, isGeneral: false),
    ];

    private static Register Whole(string name, Word word, bool isGeneral = true, RegisterRule rule = RegisterRule.None) => new(
        name,
        64,
        (in r) =>
        {
            CpuRegisters copy = r; // a word is lent for writing
            return word(ref copy);
        },
        (ref r, value) => word(ref r) = value) { IsGeneral = isGeneral, Rule = rule };

    private static Register Part(string name, Register whole, int shift, int bits)
    {
        ulong mask = ulong.MaxValue >> (64 - bits);
        return new Register(
            name,
            bits,
            (in r) => whole.Read(r) >> shift & mask,
            (ref r, value) => whole.Write(ref r, (whole.Read(r) & ~(mask << shift)) | (value & mask) << shift)) { IsPart = true, IsGeneral = true, Rule = whole.Rule };
    }

    /// <summary>A segment register that programs load; in real mode a selector brings its base with it, as a load does [sdm 3B §21.1.1].</summary>
    private static IEnumerable<Register> Loadable(string name, Segment segment, RegisterRule baseRule)
    {
        Register[] all = [.. HiddenPart(name, segment, baseRule)];
        Register selector = all[0];
        all[0] = new Register(name, 16, selector.Read, (ref r, value) =>
        {
            selector.Write(ref r, value);
            if (r.Mode is ExecutionMode.Real or ExecutionMode.Virtual8086) segment(ref r).@base = value << 4;
        });
        return all;
    }

    /// <summary>A selector, and what the CPU keeps of its descriptor.</summary>
    private static IEnumerable<Register> HiddenPart(string name, Segment segment, RegisterRule baseRule)
    {
        kvm_segment Of(in CpuRegisters registers)
        {
            CpuRegisters copy = registers;
            return segment(ref copy);
        }

        yield return new Register(name, 16, (in r) => Of(r).selector, (ref r, value) => segment(ref r).selector = (ushort)value);
        yield return new Register($"{name}.Base", 64, (in r) => Of(r).@base, (ref r, value) => segment(ref r).@base = value) { Rule = baseRule };
        yield return new Register($"{name}.Limit", 32, (in r) => Of(r).limit, (ref r, value) => segment(ref r).limit = (uint)value);
        yield return new Register(
            $"{name}.Flags", SegmentRights.Bits, (in r) => SegmentRights.Pack(Of(r)), (ref r, value) => SegmentRights.Unpack(ref segment(ref r), (uint)value))
        {
            Rule = RegisterRule.AccessRights,
        };
    }

    private static IEnumerable<Register> TableOf(string name, Descriptor table)
    {
        kvm_dtable Of(in CpuRegisters registers)
        {
            CpuRegisters copy = registers;
            return table(ref copy);
        }

        yield return new Register($"{name}.Base", 64, (in r) => Of(r).@base, (ref r, value) => table(ref r).@base = value) { Rule = RegisterRule.Canonical };
        yield return new Register($"{name}.Limit", 16, (in r) => Of(r).limit, (ref r, value) => table(ref r).limit = (ushort)value);
    }
}
