using KvmPS.Core.Cpu;
using KvmPS.Native;
using KvmPS.Native.Interop;
using Xunit;

namespace KvmPS.Tests.Native;

/// <summary>Interrupts that come by files and by messages, and the NMI.</summary>
[Collection(nameof(ExclusiveCollection))]
public class InterruptTests
{
    private const byte Vector = 0x31;
    private const byte OtherVector = 0x32;

    /// <summary>Long mode: switches the local APIC on and sleeps.</summary>
    private static readonly byte[] SleepWithApic =
    [
        0xBF, 0x00, 0x00, 0xE0, 0xFE, // mov edi, 0xfee00000
        0xC7, 0x87, 0xF0, 0x00, 0x00, 0x00, 0xFF, 0x01, 0x00, 0x00, // mov dword [rdi + 0xf0], 0x1ff
        0xFB, // sti
        0xF4, // hlt
        0xEB, 0xFD, // jmp to hlt
    ];

    /// <summary>Any mode: sleeps with interrupts off.</summary>
    private static readonly byte[] SleepDeaf = [0xFA, 0xF4, 0xEB, 0xFD]; // cli; hlt; jmp to hlt

    [KvmFact]
    public void Irqfd_wakes_a_halted_vCPU_through_the_PIC()
    {
        using PicGuest guest = new();
        using var trigger = new EventFd();
        guest.Rig.Vm.AttachIrqFd(trigger, PicGuest.Irq);
        guest.Rig.Start();
        for (int i = 0; i < 3; i++)
        {
            guest.Rig.WaitUntilIdle();
            trigger.Signal();
            guest.WaitForInterrupt();
        }

        guest.Rig.WaitUntilIdle();
        guest.Rig.Vm.DetachIrqFd(trigger, PicGuest.Irq);
        trigger.Signal();
        guest.Rig.Pause();
        guest.Rig.Stop();
        Assert.Equal(3, guest.Rig.Thread.ExitsFor(VcpuExitReason.Io));
    }

    [KvmFact]
    public void Controllers_keep_their_inputs_beside_messages()
    {
        using PicGuest guest = new();
        using var trigger = new EventFd();
        Assert.Equal(GsiRoutingTable.FirstMessage, new GsiRoutingTable(guest.Rig.Vm).Allocate(MsiMessage.Fixed(0, Vector)));
        guest.Rig.Vm.AttachIrqFd(trigger, PicGuest.Irq);
        guest.Rig.Start().WaitUntilIdle();
        trigger.Signal();
        guest.WaitForInterrupt();
        guest.Rig.Stop();
    }

    [KvmFact]
    public void Message_wakes_a_halted_vCPU_through_its_local_APIC()
    {
        using ApicGuest guest = new(SleepWithApic);
        for (int i = 0; i < 3; i++)
        {
            guest.Rig.WaitUntilIdle();
            Assert.True(guest.Rig.Vm.SignalMsi(MsiMessage.Fixed(0, Vector)));
            Assert.Equal(0x80, guest.NextPort());
        }

        Assert.True(guest.Rig.Vm.SignalMsi(MsiMessage.Fixed(0, OtherVector)));
        Assert.Equal(0x81, guest.NextPort());
        guest.Rig.Stop();
    }

    [KvmFact]
    public void Message_to_an_APIC_that_is_off_is_not_taken()
    {
        using GuestRig rig = new(SleepDeaf, static _ => true, interruptControllers: true);
        Assert.False(rig.Vm.SignalMsi(MsiMessage.Fixed(0, Vector)));
        Assert.False(rig.Vm.SignalMsi(MsiMessage.Fixed(apicId: 7, Vector)));
    }

    [KvmFact]
    public void Routed_message_follows_its_table()
    {
        using ApicGuest guest = new(SleepWithApic);
        var table = new GsiRoutingTable(guest.Rig.Vm);
        int other = table.Allocate(MsiMessage.Fixed(0, OtherVector));
        int gsi = table.Allocate(MsiMessage.Fixed(0, Vector));
        Assert.Equal((24, 25), (other, gsi));
        using var trigger = new EventFd();
        guest.Rig.Vm.AttachIrqFd(trigger, gsi);
        guest.Rig.WaitUntilIdle();
        trigger.Signal();
        Assert.Equal(0x80, guest.NextPort());

        table.Update(gsi, MsiMessage.Fixed(0, OtherVector));
        guest.Rig.WaitUntilIdle();
        trigger.Signal();
        Assert.Equal(0x81, guest.NextPort());

        table.Free(gsi);
        trigger.Signal();
        guest.Rig.Vm.DetachIrqFd(trigger, gsi); // what the signal was to do is done when this returns
        Assert.True(guest.Rig.Vm.SignalMsi(MsiMessage.Fixed(0, Vector)));
        Assert.Equal(0x80, guest.NextPort());

        Assert.Throws<ArgumentOutOfRangeException>(() => table.Free(gsi));
        Assert.Throws<ArgumentOutOfRangeException>(() => table.Update(gsi, default));
        Assert.Throws<ArgumentOutOfRangeException>(() => table.Free(4)); // an input of the controllers
        Assert.Equal(gsi, table.Allocate(MsiMessage.Fixed(0, Vector)));
        guest.Rig.Stop();
    }

    [KvmFact]
    public void Numbers_are_given_again_and_a_refused_one_is_not_kept()
    {
        using GuestRig rig = new(SleepDeaf, static _ => true, interruptControllers: true);
        var table = new GsiRoutingTable(rig.Vm);
        int[] allocated = [table.Allocate(default), table.Allocate(default), table.Allocate(default)];
        table.Free(allocated[1]);
        Assert.Equal(allocated[1], table.Allocate(default));
        Assert.Equal([24, 25, 26], allocated);

        using GuestRig without = new(SleepDeaf, static _ => true);
        var nothing = new GsiRoutingTable(without.Vm);
        Assert.Equal("KVM_SET_GSI_ROUTING", Assert.Throws<KvmException>(() => nothing.Allocate(default)).Call);
        Assert.Throws<ArgumentOutOfRangeException>(() => nothing.Free(24));
    }

    [KvmFact]
    public void Refusals_of_irqfds_are_named()
    {
        using GuestRig rig = new(SleepDeaf, static _ => true, interruptControllers: true);
        using var trigger = new EventFd();
        rig.Vm.AttachIrqFd(trigger, 4);
        var busy = Assert.Throws<KvmException>(() => rig.Vm.AttachIrqFd(trigger, 5));
        Assert.Equal(("KVM_IRQFD", "EBUSY"), (busy.Call, busy.ErrnoName));
        trigger.Dispose();
        Assert.Throws<ObjectDisposedException>(() => rig.Vm.DetachIrqFd(trigger, 4));
        Assert.Throws<ObjectDisposedException>(() => rig.Vm.AttachIrqFd(trigger, 4));

        using GuestRig without = new(SleepDeaf, static _ => true);
        using var other = new EventFd();
        Assert.Equal("EINVAL", Assert.Throws<KvmException>(() => without.Vm.AttachIrqFd(other, 4)).ErrnoName);
    }

    [KvmFact]
    public void NMI_reaches_a_vCPU_with_interrupts_off_where_LINT1_is_open()
    {
        using ApicGuest guest = new(SleepDeaf, static vcpu => LocalApic.ConnectPins(vcpu));
        for (int i = 0; i < 3; i++)
        {
            guest.Rig.WaitUntilIdle();
            Assert.True(guest.Rig.Thread.Invoke(LocalApic.RaiseNmi));
            Assert.Equal(0x82, guest.NextPort());
        }

        guest.Rig.Stop();
    }

    [KvmFact]
    public void NMI_that_is_pending_is_set_and_read_with_the_events()
    {
        using GuestRig rig = new(SleepDeaf, static _ => true, interruptControllers: true);
        kvm_vcpu_events events = rig.Vcpu.GetEvents();
        Assert.Equal(0, events.nmi__pending);
        events.nmi__pending = 1;
        rig.Vcpu.SetEvents(events);
        Assert.Equal(1, rig.Vcpu.GetEvents().nmi__pending);
    }

    [KvmFact]
    public void NMI_ends_at_a_LINT1_that_is_closed()
    {
        using ApicGuest guest = new(SleepDeaf); // after reset the pin is masked
        guest.Rig.WaitUntilIdle();
        Assert.False(guest.Rig.Thread.Invoke(LocalApic.RaiseNmi));
        Assert.Equal(0, guest.Rig.Thread.Invoke(static vcpu => vcpu.GetEvents()).nmi__pending);
        guest.Rig.Stop();
        Assert.Equal(0, guest.Rig.Thread.ExitsFor(VcpuExitReason.Io));
    }

    /// <summary>A guest in long mode that says which handler ran by the port it writes: 0x80, 0x81 for messages, 0x82 for the NMI.</summary>
    private sealed class ApicGuest : IDisposable
    {
        private readonly System.Collections.Concurrent.BlockingCollection<int> _ports = [];

        public ApicGuest(byte[] code, Action<VcpuFd>? prepare = null)
        {
            Rig = new GuestRig(code, exit => exit.Reason == VcpuExitReason.Io && Note(exit.Port), interruptControllers: true);
            Rig.BeginInLongMode();
            // out port, al; mov dword [rdi + 0xb0], 0 (end of interrupt); iretq
            Rig.Memory.Write(new GuestAddress(0x1100), (ReadOnlySpan<byte>)[0xE6, 0x80, 0xC7, 0x87, 0xB0, 0, 0, 0, 0, 0, 0, 0, 0x48, 0xCF]);
            Rig.Memory.Write(new GuestAddress(0x1200), (ReadOnlySpan<byte>)[0xE6, 0x81, 0xC7, 0x87, 0xB0, 0, 0, 0, 0, 0, 0, 0, 0x48, 0xCF]);
            Rig.Memory.Write(new GuestAddress(0x1300), (ReadOnlySpan<byte>)[0xE6, 0x82, 0x48, 0xCF]);
            prepare?.Invoke(Rig.Vcpu);
            Rig.Start();
            Rig.WaitUntilIdle();
        }

        public GuestRig Rig { get; }

        public int NextPort()
        {
            Assert.True(_ports.TryTake(out int port, Patience.Long), "No interrupt came.");
            return port;
        }

        public void Dispose()
        {
            Rig.Dispose();
            _ports.Dispose();
        }

        private bool Note(int port)
        {
            _ports.Add(port);
            return true;
        }
    }
}
