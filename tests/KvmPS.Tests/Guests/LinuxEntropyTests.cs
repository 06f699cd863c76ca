using KvmPS.Core.Machine;
using KvmPS.Tests.Boot;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>Linux reads random bytes of the host.</summary>
public sealed class LinuxEntropyTests
{
    [KvmTheory]
    [InlineData(true, "hwrng read=64")]
    [InlineData(false, "hwrng read=-")]
    public void The_test_guest_reads_from_it_if_it_is_there(bool isThere, string answer)
    {
        var kernel = new KernelBoot(TestGuest.Path("vmlinux")) { Initrds = [TestGuest.Path("initrd-tiny.cpio")], CommandLine = "console=ttyS0 reboot=k" };
        using VirtualMachine machine = new(GuestMachine.Config(kernel) with { InterruptController = true, MemoryBytes = 64 << 20, EntropyDevice = isThere });

        MachineExit exit = machine.Run();

        Assert.Equal(ExitReason.GuestReset, exit.Reason);
        Assert.Contains(answer, machine.Console(), StringComparison.Ordinal);
    }
}
