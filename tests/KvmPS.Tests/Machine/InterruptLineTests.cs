using KvmPS.Core.Machine;
using KvmPS.Native;
using KvmPS.Tests.Native;
using Xunit;

namespace KvmPS.Tests.Machine;

/// <summary>The wires of devices through irqfds, with a guest at their other end.</summary>
[Collection(nameof(ExclusiveCollection))]
public class InterruptLineTests
{
    [KvmFact]
    public void Edge_interrupts_once_for_each_rise()
    {
        using PicGuest guest = new();
        using var line = new IrqFdLine(guest.Rig.Vm, PicGuest.Irq);
        guest.Rig.Start();
        for (int i = 0; i < 3; i++)
        {
            guest.Rig.WaitUntilIdle();
            line.Set(true);
            guest.WaitForInterrupt();
            line.Set(true); // the same level: nothing
            line.Set(false);
            line.Set(false);
        }

        guest.Rig.WaitUntilIdle();
        guest.Rig.Stop();
        Assert.Equal(3, guest.Rig.Thread.ExitsFor(VcpuExitReason.Io));
    }

    [KvmFact]
    public void Edge_carries_a_message()
    {
        using GuestRig rig = new([0xF4], static _ => true, interruptControllers: true);
        using var line = new IrqFdLine(rig.Vm, new GsiRoutingTable(rig.Vm).Allocate(MsiMessage.Fixed(0, 0x31)));
        byte[] apic = rig.Vcpu.GetLocalApic();
        apic[0xF1] |= 1; // the local APIC is on
        rig.Vcpu.SetLocalApic(apic);
        line.Set(true);
        Assert.True(SpinWait.SpinUntil(() => (rig.Vcpu.GetLocalApic()[0x210 + 2] & 2) != 0, Patience.Long), "IRR has no vector 0x31.");
    }

    [KvmFact]
    public void Level_interrupts_again_until_the_device_is_content()
    {
        const int wishes = 5;
        ResampledIrqFdLine? line = null;
        int interrupts = 0;
        using PicGuest guest = new(() =>
        {
            if (++interrupts >= wishes) line!.Set(false);
        });
        using var poller = new Poller();
        line = new ResampledIrqFdLine(guest.Rig.Vm, PicGuest.Irq);
        poller.Add(line.Resampled, PollEvents.Readable, line);
        var loop = Task.Factory.StartNew(() => Serve(poller), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

        guest.Rig.Start().WaitUntilIdle();
        line.Set(true);
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref interrupts) == wishes, Patience.Long), $"{interrupts} interrupts came.");
        guest.Rig.WaitUntilIdle();
        line.Set(true); // anew, after it was content, and perhaps before the guest has ended the last one
        Assert.True(SpinWait.SpinUntil(() => Volatile.Read(ref interrupts) == wishes + 1, Patience.Long), $"{interrupts} interrupts came.");
        guest.Rig.WaitUntilIdle();

        poller.Dispose();
        Assert.True(loop.Wait(Patience.Long, TestContext.Current.CancellationToken));
        line.Dispose();
        guest.Rig.Stop();
        Assert.Equal(wishes + 1, interrupts);
    }

    [KvmFact]
    public void Level_that_nobody_resamples_comes_once()
    {
        using PicGuest guest = new();
        using var line = new ResampledIrqFdLine(guest.Rig.Vm, PicGuest.Irq);
        guest.Rig.Start().WaitUntilIdle();
        line.Set(true);
        guest.WaitForInterrupt();
        guest.Rig.WaitUntilIdle();
        Assert.True(SpinWait.SpinUntil(line.Resampled.TryTake, Patience.Long), "The end of interrupt was not told.");
        guest.Rig.Stop();
        Assert.Equal(1, guest.Rig.Thread.ExitsFor(VcpuExitReason.Io));
    }

    [KvmFact]
    public void Lines_outlive_their_machine_without_a_word()
    {
        NativeCounts before = NativeCounts.Now();
        GuestRig rig = new([0xF4], static _ => true, interruptControllers: true);
        var edge = new IrqFdLine(rig.Vm, 4);
        var level = new ResampledIrqFdLine(rig.Vm, 5);
        rig.Dispose();
        edge.Set(true);
        level.Set(true);
        edge.Dispose();
        level.Dispose();
        edge.Dispose();
        level.Dispose();
        edge.Set(false);
        edge.Set(true);
        level.Set(false);
        level.Set(true);
        level.OnResampled();
        Assert.Equal(before, NativeCounts.Now());
    }

    [KvmFact]
    public void Line_that_cannot_be_attached_holds_nothing()
    {
        using GuestRig rig = new([0xF4], static _ => true);
        NativeCounts before = NativeCounts.Now();
        Assert.Throws<KvmException>(() => new IrqFdLine(rig.Vm, 4));
        Assert.Throws<KvmException>(() => new ResampledIrqFdLine(rig.Vm, 4));
        Assert.Equal(before, NativeCounts.Now());
    }

    private static void Serve(Poller poller)
    {
        PollReady[] room = new PollReady[4];
        try
        {
            while (true)
            {
                foreach (PollReady ready in room.AsSpan(0, poller.Wait(room, Timeout.InfiniteTimeSpan))) ((ResampledIrqFdLine)ready.State).OnResampled();
            }
        }
        catch (ObjectDisposedException)
        {
            // The test is over.
        }
    }
}
