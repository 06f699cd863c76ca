using System.Text;
using KvmPS.Core.Boot;
using KvmPS.Core.Cpu;
using KvmPS.Native;
using KvmPS.Native.Interop;
using Xunit;

namespace KvmPS.Tests.Native;

/// <summary>What exits carry, and that each instruction's accesses are finished, all of them, before a pause.</summary>
[Collection(nameof(ExclusiveCollection))]
public class VcpuExitTests
{
    /// <summary>The first address past the RAM of <see cref="GuestRig"/>, which real mode reaches as FFFF:0010.</summary>
    private const ulong Mmio = GuestRig.RamSize;

    [KvmFact]
    public void Rep_outs_comes_as_spans_of_whole_elements_in_order()
    {
        // 1000  be 0020      mov si, 0x2000
        // 1003  b9 0500      mov cx, 5
        // 1006  ba e900      mov dx, 0xe9
        // 1009  fc           cld
        // 100a  f3 6f        rep outsw
        // 100c  f4           hlt
        byte[] code = [0xBE, 0x00, 0x20, 0xB9, 0x05, 0x00, 0xBA, 0xE9, 0x00, 0xFC, 0xF3, 0x6F, 0xF4];
        var text = new StringBuilder();
        using var rig = new GuestRig(code, exit =>
        {
            if (exit.Reason == VcpuExitReason.Halt) return false;
            Assert.Equal((VcpuExitReason.Io, true, (ushort)0xE9, 2), (exit.Reason, exit.IsPortWrite, exit.Port, exit.PortWidth));
            Assert.Equal(0, exit.PortData.Length % 2);
            text.Append(Encoding.ASCII.GetString(exit.PortData));
            return true;
        });
        rig.Memory.Write(new GuestAddress(0x2000), "HelloGuest"u8);
        rig.Start().WaitForEnd();
        Assert.Null(rig.Failure);
        Assert.Equal("HelloGuest", text.ToString());
        Assert.Equal(1, rig.Thread.ExitsFor(VcpuExitReason.Halt));
        Assert.Equal(rig.Thread.Exits, rig.Thread.ExitsFor(VcpuExitReason.Io) + 1);
    }

    [KvmFact]
    public void Rep_ins_is_filled_span_by_span()
    {
        // 1000  bf 0030      mov di, 0x3000
        // 1003  b9 dc05      mov cx, 1500
        // 1006  ba e900      mov dx, 0xe9
        // 1009  fc           cld
        // 100a  f3 6c        rep insb
        // 100c  f4           hlt
        byte[] code = [0xBF, 0x00, 0x30, 0xB9, 0xDC, 0x05, 0xBA, 0xE9, 0x00, 0xFC, 0xF3, 0x6C, 0xF4];
        int next = 0;
        using var rig = new GuestRig(code, exit =>
        {
            if (exit.Reason == VcpuExitReason.Halt) return false;
            Assert.False(exit.IsPortWrite);
            foreach (ref byte cell in exit.PortData) cell = (byte)(next++ % 251);
            return true;
        });
        rig.Start().WaitForEnd();
        Assert.Null(rig.Failure);
        Assert.Equal(1500, next);
        byte[] read = new byte[1501];
        rig.Memory.Read(new GuestAddress(0x3000), read);
        Assert.Equal([.. Enumerable.Range(0, 1500).Select(static i => (byte)(i % 251)), 0], read);
    }

    [KvmFact]
    public void Mmio_reads_and_writes_carry_address_width_and_bytes()
    {
        // 1000  b8 ffff      mov ax, 0xffff
        // 1003  8e d8        mov ds, ax
        // 1005  c6 06 1000 5a  mov byte [0x10], 0x5a
        // 100a  66 a1 1400   mov eax, [0x14]
        // 100e  a3 1800      mov [0x18], ax
        // 1011  f4           hlt
        byte[] code = [0xB8, 0xFF, 0xFF, 0x8E, 0xD8, 0xC6, 0x06, 0x10, 0x00, 0x5A, 0x66, 0xA1, 0x14, 0x00, 0xA3, 0x18, 0x00, 0xF4];
        var log = new List<string>();
        using var rig = new GuestRig(code, exit =>
        {
            if (exit.Reason == VcpuExitReason.Halt) return false;
            Assert.Equal(VcpuExitReason.Mmio, exit.Reason);
            if (!exit.IsMmioWrite) ((ReadOnlySpan<byte>)[0x11, 0x22, 0x33, 0x44]).CopyTo(exit.MmioData);
            log.Add($"{(exit.IsMmioWrite ? "write" : "read")} {exit.MmioAddress:x} {Convert.ToHexString(exit.MmioData)}");
            return true;
        });
        rig.Start().WaitForEnd();
        Assert.Null(rig.Failure);
        Assert.Equal("write 100000 5A, read 100004 11223344, write 100008 1122", string.Join(", ", log));
    }

    [KvmFact]
    public void Port_read_is_in_the_register_before_a_pause()
    {
        // 1000  e4 60        in al, 0x60
        // 1002  eb fe        jmp $
        using var rig = new GuestRig([0xE4, 0x60, 0xEB, 0xFE], static (machine, exit) =>
        {
            exit.PortData[0] = 0x5A;
            machine.Thread.RequestPause();
            return true;
        });
        rig.Start().WaitUntilPaused();
        (ulong rax, ulong rip) = GuestRig.Within(() => rig.Thread.Invoke(static vcpu => (vcpu.GetRegisters().rax, vcpu.GetRegisters().rip)));
        Assert.Equal((0x5Aul, GuestRig.Entry + 2), (rax & 0xFF, rip));
        rig.Stop();
        Assert.Equal(1, rig.Thread.Exits);
    }

    [KvmFact]
    public void Write_of_a_read_modify_write_is_not_lost_to_a_pause()
    {
        // 1000  b8 ffff        mov ax, 0xffff
        // 1003  8e d8          mov ds, ax
        // 1005  80 0e 1000 01  or byte [0x10], 1
        // 100a  eb fe          jmp $
        byte[] code = [0xB8, 0xFF, 0xFF, 0x8E, 0xD8, 0x80, 0x0E, 0x10, 0x00, 0x01, 0xEB, 0xFE];
        var log = new List<string>();
        using var rig = new GuestRig(code, (machine, exit) =>
        {
            if (!exit.IsMmioWrite) exit.MmioData[0] = 0x40;
            log.Add($"{(exit.IsMmioWrite ? "write" : "read")} {exit.MmioAddress:x} {Convert.ToHexString(exit.MmioData)}");
            machine.Thread.RequestPause(); // in the middle of the instruction
            return true;
        });
        rig.Start().WaitUntilPaused();
        Assert.Equal("read 100000 40, write 100000 41", string.Join(", ", log));
        Assert.Equal(GuestRig.Entry + 10, GuestRig.Within(() => rig.Thread.Invoke(static vcpu => vcpu.GetRegisters().rip)));
        rig.Stop();
    }

    [KvmFact]
    public void Second_half_of_an_access_across_pages_is_not_lost_to_a_pause()
    {
        // 1000  b8 ffff          mov ax, 0xffff
        // 1003  8e d8            mov ds, ax
        // 1005  66 b8 44332211   mov eax, 0x11223344
        // 100b  66 a3 0e10       mov [0x100e], eax
        // 100f  eb fe            jmp $
        byte[] code = [0xB8, 0xFF, 0xFF, 0x8E, 0xD8, 0x66, 0xB8, 0x44, 0x33, 0x22, 0x11, 0x66, 0xA3, 0x0E, 0x10, 0xEB, 0xFE];
        var seen = new SortedDictionary<ulong, byte>();
        using var rig = new GuestRig(code, (machine, exit) =>
        {
            for (int i = 0; i < exit.MmioData.Length; i++) seen.Add(exit.MmioAddress + (ulong)i, exit.MmioData[i]);
            machine.Thread.RequestPause();
            return true;
        });
        rig.Start().WaitUntilPaused();
        Assert.Equal([Mmio + 0xFFE, Mmio + 0xFFF, Mmio + 0x1000, Mmio + 0x1001], seen.Keys);
        Assert.Equal(new byte[] { 0x44, 0x33, 0x22, 0x11 }, seen.Values);
        rig.Stop();
    }

    [KvmFact]
    public void Ten_thousand_exits_allocate_nothing()
    {
        // 1000  e6 80        out 0x80, al
        // 1002  eb fc        jmp 0x1000
        const int warm = 1_000;
        const int measured = 10_000;
        int exits = 0;
        long before = 0;
        long after = 0;
        using var rig = new GuestRig([0xE6, 0x80, 0xEB, 0xFC], exit =>
        {
            if (exit.PortData.Length != 1 || exit.Port != 0x80 || !exit.IsPortWrite) return false;
            if (++exits == warm) before = GC.GetAllocatedBytesForCurrentThread();
            if (exits < warm + measured) return true;
            after = GC.GetAllocatedBytesForCurrentThread();
            return false;
        });
        rig.Start().WaitForEnd();
        Assert.Null(rig.Failure);
        Assert.Equal(warm + measured, rig.Thread.ExitsFor(VcpuExitReason.Io));
        Assert.Equal(0, after - before);
    }

    [KvmFact]
    public void Triple_fault_is_an_exit_with_its_reason()
    {
        // 1000  0f 0b        ud2, with no vector for it, nor for what follows from that
        var reasons = new List<VcpuExitReason>();
        using var rig = new GuestRig([0x0F, 0x0B], exit =>
        {
            reasons.Add(exit.Reason);
            return false;
        });
        var entry = new CpuEntry { Mode = CpuMode.Protected, InstructionPointer = GuestRig.Entry };
        (kvm_regs general, kvm_sregs special) = EntryState.Prepare(entry, rig.Vcpu.GetSpecialRegisters(), rig.Memory);
        rig.Vcpu.SetRegistersOnEntry(general, special);
        rig.Start().WaitForEnd();
        Assert.Null(rig.Failure);
        Assert.Equal([VcpuExitReason.Shutdown], reasons);
    }
}
