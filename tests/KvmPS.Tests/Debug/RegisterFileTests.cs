using KvmPS.Core.Cpu;
using KvmPS.Core.Debug;
using KvmPS.Native.Interop;
using Xunit;

namespace KvmPS.Tests.Debug;

/// <summary>Every register by name: where it lies, how wide it is, and what a change leaves alone.</summary>
public class RegisterFileTests
{
    /// <summary>The names of all registers.</summary>
    public static TheoryData<string> Names => new(RegisterFile.All.Select(static register => register.Name));

    [Theory]
    [MemberData(nameof(Names))]
    public void It_holds_what_was_written_and_reading_its_neighbours_proves_that_nothing_else_changed(string name)
    {
        Register register = RegisterFile.Find(name.ToUpperInvariant())!;
        var registers = new CpuRegisters { General = new kvm_regs { rflags = 2 }, Special = new kvm_sregs { cr0 = 1 } };
        CpuRegisters before = registers;
        ulong value = register.Maximum & 0x5A5A_5A5A_5A5A_505A; // not the reserved bits of access rights

        register.Write(ref registers, value);

        Assert.Equal(register.Name is "Rflags" or "Eflags" ? value | 2 : value, register.Read(registers));
        string family = Family(name);
        Assert.All(
            RegisterFile.All.Where(other => !other.IsPart && other.Name != name && Family(other.Name) != family),
            other => Assert.Equal(other.Read(before), other.Read(registers)));
    }

    [Fact]
    public void A_part_leaves_the_rest_of_its_register()
    {
        var registers = new CpuRegisters { General = new kvm_regs { rax = 0x1122_3344_5566_7788, r9 = ulong.MaxValue } };

        RegisterFile.Find("ah")!.Write(ref registers, 0xAB);
        RegisterFile.Find("R9w")!.Write(ref registers, 0);

        Assert.Equal(0x1122_3344_5566_AB88ul, registers.General.rax);
        Assert.Equal(0xFFFF_FFFF_FFFF_0000ul, registers.General.r9);
        Assert.Equal(0x5566_AB88ul, RegisterFile.Find("Eax")!.Read(registers));
        Assert.Equal(0x88ul, RegisterFile.Find("Al")!.Read(registers));
    }

    [Theory]
    [InlineData("CF", 0)]
    [InlineData("ZF", 6)]
    [InlineData("IF", 9)]
    [InlineData("ID", 21)]
    public void A_flag_is_its_bit(string name, int bit)
    {
        var registers = new CpuRegisters { General = new kvm_regs { rflags = 2 } };

        RegisterFile.Find(name)!.Write(ref registers, 1);

        Assert.Equal(2ul | (1ul << bit), registers.General.rflags);
        RegisterFile.Find(name)!.Write(ref registers, 0);
        Assert.Equal(2ul, registers.General.rflags);
    }

    [Theory]
    [InlineData(0, 0, 0x12340ul)] // real mode
    [InlineData(1, 0x20000, 0x12340ul)] // virtual 8086
    [InlineData(1, 0, 0x77ul)] // protected mode: the descriptor stays
    public void A_selector_brings_its_base_in_real_mode_alone(ulong cr0, ulong flags, ulong expected)
    {
        var registers = new CpuRegisters { General = new kvm_regs { rflags = flags }, Special = new kvm_sregs { cr0 = cr0, ds = new kvm_segment { @base = 0x77 } } };

        RegisterFile.Find("Ds")!.Write(ref registers, 0x1234);

        Assert.Equal(((ushort)0x1234, expected), (registers.Special.ds.selector, registers.Special.ds.@base));
    }

    [Fact]
    public void Access_rights_survive_the_way_there_and_back()
    {
        kvm_segment segment = default;
        for (uint rights = 0; rights < 1 << SegmentRights.Bits; rights += rights % 7 + 1)
        {
            if ((rights & 0xF00) != 0) continue;
            SegmentRights.Unpack(ref segment, rights);
            Assert.Equal(rights, SegmentRights.Pack(segment));
        }
    }

    [Theory]
    [InlineData(0x0A09Bu, "code64 RX DPL0")]
    [InlineData(0x0C0FBu, "code32 RX DPL3")]
    [InlineData(0x00098u, "code16 X DPL0")]
    [InlineData(0x0C093u, "data RW DPL0")]
    [InlineData(0x0008Bu, "TSS busy DPL0")]
    [InlineData(0x00082u, "LDT DPL0")]
    [InlineData(0x10000u, "unusable")]
    [InlineData(0x00013u, "unusable")]
    public void Access_rights_are_told_in_words(uint rights, string words)
    {
        kvm_segment segment = default;
        SegmentRights.Unpack(ref segment, rights);
        Assert.Equal(words, SegmentRights.Describe(segment));
    }

    [Theory]
    [InlineData(0x246ul, new[] { "PF", "ZF", "IF" })]
    [InlineData(0x3002ul, new[] { "IOPL3" })]
    [InlineData(0x2ul, new string[0])]
    public void Flags_are_told_by_name(ulong value, string[] names) => Assert.Equal(names, ControlBitNames.OfRflags(value));

    [Fact]
    public void Control_registers_are_told_by_name()
    {
        Assert.Equal(["PE", "ET", "PG"], ControlBitNames.OfCr0(0x8000_0011));
        Assert.Equal(["PAE", "OSXSAVE", "SMAP"], ControlBitNames.OfCr4((1 << 5) | (1 << 18) | (1 << 21)));
        Assert.Equal(["SCE", "LME", "LMA", "NXE"], ControlBitNames.OfEfer(0xD01));
    }

    [Theory]
    [InlineData(0, 0, 0, 0, ExecutionMode.Real, 16)]
    [InlineData(1, 0, 0, 0, ExecutionMode.Protected, 16)]
    [InlineData(1, 0x20000, 0, 0, ExecutionMode.Virtual8086, 16)]
    [InlineData(1, 0, 0x500, 0, ExecutionMode.Compatibility, 16)]
    [InlineData(1, 0, 0x500, 1, ExecutionMode.Long, 64)]
    public void The_mode_is_known(ulong cr0, ulong flags, ulong efer, byte l, ExecutionMode mode, int bitness)
    {
        var registers = new CpuRegisters { General = new kvm_regs { rflags = flags }, Special = new kvm_sregs { cr0 = cr0, efer = efer, cs = new kvm_segment { l = l } } };
        Assert.Equal((mode, bitness), (registers.Mode, registers.Bitness));
    }

    /// <summary>A register and its parts change together: RAX and AH, CS and CS.Base.</summary>
    private static string Family(string name)
    {
        Register? whole = RegisterFile.All.Where(static register => !register.IsPart).FirstOrDefault(register => Holds(register, name));
        return whole?.Name ?? name.Split('.')[0];
    }

    private static bool Holds(Register whole, string part)
    {
        if (!RegisterFile.Find(part)!.IsPart) return false;
        var registers = new CpuRegisters();
        RegisterFile.Find(part)!.Write(ref registers, 1);
        return whole.Name == "Rflags" ? (whole.Read(registers) & ~2ul) != 0 || part == "Eflags" : whole.Read(registers) != 0;
    }
}
