using KvmPS.Core.Devices;
using KvmPS.Core.Devices.Virtio;
using KvmPS.Core.Machine;
using KvmPS.Stress.Virtio;
using KvmPS.Tests.Devices.Virtio;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>A pause holds the virtio devices, too.</summary>
[Collection(nameof(GuestCollection))]
public sealed class PauseTests
{
    [KvmFact]
    public void Devices_stand_still_before_the_machine_is_paused_and_go_on_with_it()
    {
        var device = new EchoDevice(isThreaded: true, 16);
        using VirtualMachine machine = With(device);
        machine.Start();
        MachineState? whenAsked = null;
        device.Quiescing = _ => whenAsked = machine.State;

        machine.Pause();
        Assert.Equal((MachineState.Running, MachineState.Paused, true), (whenAsked, machine.State, device.IsQuiesced));

        machine.Resume();
        Assert.Equal((MachineState.Running, false), (machine.State, device.IsQuiesced));
        machine.TurnOff();
    }

    [KvmFact]
    public void A_machine_whose_device_hangs_goes_on_when_nobody_waits_for_it_any_more()
    {
        var device = new EchoDevice(isThreaded: true, 16);
        using VirtualMachine machine = With(device);
        using var cancellation = new CancellationTokenSource();
        machine.Start();
        device.Quiescing = token =>
        {
            cancellation.Cancel();
            token.ThrowIfCancellationRequested();
        };

        Assert.Throws<OperationCanceledException>(() => machine.Pause(cancellation.Token));

        Assert.Equal((MachineState.Running, false), (machine.State, device.IsQuiesced));
        device.Quiescing = null;
        machine.Pause();
        Assert.True(device.IsQuiesced);
        machine.Reset();
        Assert.Equal(MachineState.Running, machine.State);
        machine.TurnOff();
    }

    private static VirtualMachine With(EchoDevice device) => new(GuestMachine.Config(GuestProgram.Boot("spin")), instance =>
    {
        var transport = new MmioTransport(device, instance.Memory!, OpenLine.Instance, new NullVirtioHost());
        instance.Mmio.Insert(transport, new AddressRange(new VirtioSlot(15).Address.Value, VirtioSlot.Length));
    });
}
