using KvmPS.Core.Boot;
using KvmPS.Core.Cpu;
using KvmPS.Native;
using KvmPS.Native.Interop;
using Xunit;

namespace KvmPS.Tests.Native;

/// <summary>The descriptors of KVM: what they answer, how they fail, and that nothing is left behind.</summary>
[Collection(nameof(ExclusiveCollection))]
public class KvmTests
{
    /// <summary><c>1000  e7 80  out 0x80, ax</c> and <c>1002  f4  hlt</c>.</summary>
    private static readonly byte[] OutAx = [0xE7, 0x80, 0xF4];

    [Theory]
    [InlineData("/dev/no-such-device", "open(/dev/no-such-device)", "ENOENT")]
    [InlineData("/dev/null", "KVM_GET_API_VERSION", "ENOTTY")]
    public void Device_that_is_not_KVM_is_named_and_closed(string path, string call, string errno)
    {
        NativeCounts before = NativeCounts.Now();
        var error = Assert.Throws<KvmException>(() => Kvm.Open(path));
        Assert.Equal((call, errno), (error.Call, error.ErrnoName));
        Assert.StartsWith($"{call} failed: {errno} (", error.Message, StringComparison.Ordinal);
        Assert.Equal(before.Descriptors, NativeResources.Descriptors);
    }

    [KvmFact]
    public void Host_answers_what_it_offers()
    {
        using Kvm kvm = Kvm.Open();
        Assert.Equal(KvmConstants.KVM_API_VERSION, kvm.ApiVersion);
        Assert.True(kvm.RunPageSize >= GuestMemory.PageSize);
        Assert.Equal(1, kvm.CheckExtension(KvmConstants.KVM_CAP_USER_MEMORY));
        Assert.NotEqual(0, kvm.CheckExtension(KvmConstants.KVM_CAP_IMMEDIATE_EXIT));
        Assert.Equal(0, kvm.CheckExtension(0x7FFF_0000));
        kvm_cpuid_entry2[] cpuid = kvm.GetSupportedCpuid();
        Assert.Contains(cpuid, static leaf => leaf.function == 1 && leaf.edx != 0);
        Assert.Contains(cpuid, static leaf => leaf.function == 0x4000_0000);
    }

    [KvmFact]
    public void Everything_goes_back()
    {
        NativeCounts before = NativeCounts.Now();
        using (GuestRig rig = new GuestRig([0xEB, 0xFE], static _ => true, interruptControllers: true).Start())
        {
            Assert.Equal(before with { Descriptors = before.Descriptors + 3, Mappings = before.Mappings + 2, VcpuThreads = before.VcpuThreads + 1 }, NativeCounts.Now());
            rig.Stop();
        }

        Assert.Equal(before, NativeCounts.Now());
    }

    [KvmFact]
    public void Everything_goes_back_in_any_order_and_from_the_finalizer()
    {
        NativeCounts before = NativeCounts.Now();
        Forget();
        GuestRig rig = new([0xEB, 0xFE], static _ => true);
        rig.Memory.Dispose();
        rig.Kvm.Dispose();
        rig.Vm.Dispose();
        Assert.Equal(before.Mappings + 2, NativeCounts.Now().Mappings); // the vCPU could still run in the RAM
        Assert.Equal(GuestRig.Entry, EntryAfterSync(rig));
        rig.Dispose();
        Assert.Equal(before, NativeCounts.Now());
    }

    [KvmFact]
    public void VCPU_without_its_shared_page_is_closed_and_lets_go_of_the_machine()
    {
        NativeCounts before = NativeCounts.Now();
        using (Kvm kvm = Kvm.Open())
        using (VmFd vm = kvm.CreateVm())
        {
            int notMappable = Libc.eventfd(0, Libc.EFD_CLOEXEC);
            var error = Assert.Throws<KvmException>(() => new VcpuFd(vm, notMappable, 0, GuestMemory.PageSize));
            Assert.Equal(("mmap", "ENODEV"), (error.Call, error.ErrnoName));
            Assert.Equal(before.Descriptors + 2, NativeResources.Descriptors);
        }

        Assert.Equal(before, NativeCounts.Now());
    }

    [KvmFact]
    public void Failures_carry_the_name_of_the_call_and_the_error()
    {
        using GuestRig rig = new(OutAx, static _ => true);
        Check("KVM_CREATE_VCPU", "EEXIST", () => rig.Vm.CreateVcpu(0));
        Check("KVM_CREATE_VCPU", "EINVAL", () => rig.Vm.CreateVcpu(int.MaxValue));
        Check("KVM_GET_LAPIC", "EINVAL", () => rig.Vcpu.GetLocalApic());
        Check("KVM_IRQ_LINE", "ENXIO", () => rig.Vm.SetInterruptLine(4, level: true));
        Check("KVM_SET_CPUID2", "E2BIG", () => rig.Vcpu.SetCpuid(new kvm_cpuid_entry2[4096]));

        static void Check(string call, string errno, Action action)
        {
            var error = Assert.Throws<KvmException>(action);
            Assert.Equal((call, errno), (error.Call, error.ErrnoName));
        }
    }

    [KvmFact]
    public void Calls_on_what_was_given_back_are_refused()
    {
        GuestRig rig = new(OutAx, static _ => true);
        rig.Dispose();
        Assert.Throws<ObjectDisposedException>(() => rig.Kvm.CreateVm());
        Assert.Throws<ObjectDisposedException>(() => rig.Vm.CreateVcpu(1));
        Assert.Throws<ObjectDisposedException>(() => rig.Vcpu.GetRegisters());
        Assert.Throws<ObjectDisposedException>(() => rig.Vcpu.SetRegistersOnEntry(default, default));
        using Kvm kvm = Kvm.Open();
        using VmFd vm = kvm.CreateVm();
        Assert.Throws<ObjectDisposedException>(() => vm.MapMemory(rig.Memory));
    }

    [KvmFact]
    public void Registers_set_on_entry_are_those_the_guest_sees()
    {
        ushort seen = 0;
        using GuestRig rig = new(OutAx, exit =>
        {
            if (exit.Reason == VcpuExitReason.Halt) return false;
            seen = BitConverter.ToUInt16(exit.PortData);
            return true;
        });
        rig.Vcpu.SetRegistersOnEntry(new kvm_regs { rip = GuestRig.Entry, rax = 0xBEEF, rflags = 2 }, GuestRig.FlatRealMode(rig.Vcpu));
        rig.Start().WaitForEnd();
        Assert.Null(rig.Failure);
        Assert.Equal(0xBEEF, seen);
    }

    [KvmFact]
    public void Registers_read_back_as_they_were_set()
    {
        using GuestRig rig = new(OutAx, static _ => true);
        var registers = new kvm_regs { rax = ulong.MaxValue, rbx = 1, rsi = 2, r15 = 3, rip = 0x1234, rsp = 0x5678, rflags = 0x46 };
        rig.Vcpu.SetRegisters(registers);
        Assert.Equal(registers, rig.Vcpu.GetRegisters());
        kvm_sregs special = rig.Vcpu.GetSpecialRegisters();
        special.fs.@base = 0x1230;
        special.fs.selector = 0x123;
        rig.Vcpu.SetSpecialRegisters(special);
        Assert.Equal((0x1230ul, (ushort)0x123), (rig.Vcpu.GetSpecialRegisters().fs.@base, rig.Vcpu.GetSpecialRegisters().fs.selector));
    }

    [KvmFact]
    public void Refused_model_specific_register_is_named()
    {
        using GuestRig rig = new(OutAx, static _ => true);
        rig.Vcpu.SetMsrs(BootMsrs.Values);
        kvm_msr_entry none = new() { index = 0xDEAD_BEEF };
        var refusal = Assert.Throws<KvmException>(() => rig.Vcpu.SetMsrs([BootMsrs.Values[0], none, BootMsrs.Values[1]]));
        Assert.Equal("KVM_SET_MSRS(0xdeadbeef)", refusal.Call);
    }

    [KvmFact]
    public void Translate_follows_the_page_tables()
    {
        using GuestRig rig = new(OutAx, static _ => true);
        Assert.Equal(new GuestAddress(0x1234), rig.Vcpu.Translate(0x1234));
        var entry = new CpuEntry { Mode = CpuMode.Long, InstructionPointer = GuestRig.Entry };
        (kvm_regs general, kvm_sregs special) = EntryState.Prepare(entry, rig.Vcpu.GetSpecialRegisters(), rig.Memory);
        rig.Vcpu.SetSpecialRegisters(special);
        rig.Vcpu.SetRegisters(general);
        Assert.Equal(new GuestAddress(0xFEE0_0123), rig.Vcpu.Translate(0xFEE0_0123));
        Assert.Null(rig.Vcpu.Translate(1ul << 32));
    }

    [KvmFact]
    public void Local_APIC_reads_back_and_has_one_size()
    {
        using GuestRig rig = new(OutAx, static _ => true, interruptControllers: true);
        LocalApic.ConnectPins(rig.Vcpu);
        byte[] page = rig.Vcpu.GetLocalApic();
        Assert.Equal(0x700, page[0x351] << 8);
        Assert.Equal(0x400, page[0x361] << 8);
        Assert.Throws<ArgumentException>(() => rig.Vcpu.SetLocalApic(page.AsSpan(1)));
    }

    [KvmFact]
    public void Halted_vCPU_waits_in_the_kernel_and_an_interrupt_line_wakes_it()
    {
        using PicGuest guest = new();
        GuestRig rig = guest.Rig.Start();
        for (int i = 0; i < 3; i++)
        {
            rig.WaitUntilIdle();
            Assert.Contains(Enumerable.Range(0, 50), _ => VcpuThreadTests.StandsStillWhileOthersWork(rig.Thread));
            rig.Vm.SetInterruptLine(PicGuest.Irq, level: true);
            guest.WaitForInterrupt();
            rig.Vm.SetInterruptLine(PicGuest.Irq, level: false);
        }

        rig.Stop();
        Assert.Equal(3, rig.Thread.ExitsFor(VcpuExitReason.Io));
    }

    /// <summary>Leaves a whole machine to the finalizer, in a frame of its own.</summary>
    private static void Forget() => new GuestRig([0xEB, 0xFE], static _ => true).Thread.RequestStop();

    private static ulong EntryAfterSync(GuestRig rig)
    {
        rig.Thread.RequestPause();
        rig.Start().WaitUntilPaused();
        return GuestRig.Within(() => rig.Thread.Invoke(static vcpu => vcpu.GetRegisters().rip));
    }
}
