using KvmPS.Core.Devices;
using KvmPS.Core.Machine;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>A device that throws, which none should: the machine fails with the exception, and the process lives.</summary>
[Collection(nameof(GuestCollection))]
public sealed class DeviceFailureTests
{
    [KvmTheory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void The_machine_fails_with_the_exception(bool write, bool interruptController)
    {
        using var machine = new VirtualMachine(
            GuestMachine.Config(RealModeCode.Touch(ThrowingDevice.Port, write)) with { InterruptController = interruptController },
            static instance => instance.Ports.Insert(new ThrowingDevice(), new AddressRange(ThrowingDevice.Port, 1)));

        for (int run = 1; run <= 2; run++)
        {
            MachineExit exit = machine.Run();

            Assert.Equal(MachineState.Failed, machine.State);
            Assert.Equal(ExitReason.InternalError, exit.Reason);
            Assert.IsType<InvalidTimeZoneException>(exit.Exception);
            Assert.Contains("the device is broken", exit.Message, StringComparison.Ordinal);
            Assert.Equal(["hi"], exit.Fault!.ConsoleTail);
            Assert.InRange(exit.Fault.InstructionPointer, 0x100Cul, 0x100Eul); // at the access, or behind it
        }
    }
}
