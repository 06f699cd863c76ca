using KvmPS.Core.Debug;
using KvmPS.Native.Interop;
using Xunit;

namespace KvmPS.Tests.Debug;

/// <summary>Values at which the next entry would fail are refused before KVM sees them.</summary>
public class RegisterRulesTests
{
    private static CpuRegisters Long => new()
    {
        General = new kvm_regs { rflags = 2 },
        Special = new kvm_sregs { cr0 = 0x8000_0011, cr4 = 0x20, efer = 0x500, cs = new kvm_segment { l = 1 } },
    };

    [Theory]
    [InlineData("Rip", 0x0000_7FFF_FFFF_FFFFul, true)]
    [InlineData("Rip", 0x0000_8000_0000_0000ul, false)]
    [InlineData("Rip", 0xFFFF_8000_0000_0000ul, true)]
    [InlineData("Rip", 0xFFFF_7FFF_FFFF_FFFFul, false)]
    [InlineData("Gs.Base", 0xFFFF_8000_0000_0000ul, true)]
    [InlineData("Gs.Base", 0x1000_0000_0000_0000ul, false)]
    [InlineData("Idt.Base", 0x1000_0000_0000_0000ul, false)]
    [InlineData("Ds.Base", 0xFFFF_FFFFul, true)]
    [InlineData("Ds.Base", 0x1_0000_0000ul, false)]
    [InlineData("Cs", 0x1_0000ul, false)]
    [InlineData("Cs.Flags", 0xA09Bul, true)]
    [InlineData("Cs.Flags", 0xA19Bul, false)]
    [InlineData("Rflags", 0x246ul, true)]
    [InlineData("Rflags", 0x0ul, true)]
    [InlineData("Rflags", 0x8002ul, false)]
    [InlineData("Rflags", 0x1_0000_0002ul, false)]
    [InlineData("VM", 1ul, false)]
    [InlineData("ZF", 1ul, true)]
    [InlineData("ZF", 2ul, false)]
    [InlineData("IOPL", 3ul, true)]
    [InlineData("IOPL", 4ul, false)]
    [InlineData("Al", 0xFFul, true)]
    [InlineData("Al", 0x100ul, false)]
    [InlineData("Cr0", 0x8005_0033ul, true)]
    [InlineData("Cr0", 0x1_8000_0011ul, false)]
    [InlineData("Cr0", 0x8000_0010ul, false)]
    [InlineData("Cr0", 0xA000_0011ul, false)]
    [InlineData("Efer", 0xD01ul, true)]
    [InlineData("Efer", 0x1500ul, false)]
    public void A_value_is_taken_or_refused(string name, ulong value, bool isTaken) => Assert.Equal(isTaken, Problem(Long, name, value) is null);

    [Theory]
    [InlineData(0x00FF_8000_0000_0000ul, true)]
    [InlineData(0x0100_0000_0000_0000ul, false)]
    public void Five_level_paging_has_more_addresses(ulong rip, bool isTaken)
    {
        CpuRegisters registers = Long;
        registers.Special.cr4 |= 1 << 12;
        Assert.Equal(isTaken, Problem(registers, "Rip", rip) is null);
    }

    [Fact]
    public void The_instruction_pointer_has_32_bits_outside_64_bit_code()
    {
        var real = new CpuRegisters { General = new kvm_regs { rflags = 2 } };
        Assert.Null(Problem(real, "Rip", uint.MaxValue));
        Assert.Contains("Real mode", Problem(real, "Rip", 1ul << 32), StringComparison.Ordinal);
    }

    [Fact]
    public void A_bit_of_EFER_that_is_set_may_stay()
    {
        CpuRegisters registers = Long;
        registers.Special.efer |= 1 << 12;
        Assert.Null(Problem(registers, "Efer", 0x1501));
    }

    private static string? Problem(CpuRegisters before, string name, ulong value)
    {
        Register register = RegisterFile.Find(name)!;
        CpuRegisters after = before;
        register.Write(ref after, value);
        return RegisterRules.Problem(register, value, before, after) ?? RegisterRules.InstructionPointerProblem(after);
    }
}
