using KvmPS.Core.Machine;
using KvmPS.Stress;
using KvmPS.Tests.Native;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>A machine whose building fails half-way, at each step that takes something from the host, leaves nothing behind.</summary>
[Collection(nameof(ExclusiveCollection))]
public sealed class BuildFailureTests : IDisposable
{
    private const int Vcpus = 3;
    private const int MostOpened = 20;

    private readonly string _folder = Directory.CreateTempSubdirectory("kvmps-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [KvmFact]
    public void A_start_that_fails_at_any_step_leaves_nothing()
    {
        string image = GuestProgram.File("multiboot", "multiboot.elf");
        MachineConfig config = GuestMachine.Config(new KernelBoot(image) { Initrds = [GuestProgram.File("multiboot", "multiboot.S")] }) with
        {
            InterruptController = true,
            VcpuCount = Vcpus,
            SerialLogPath = Path.Combine(_folder, "console.log"),
        };
        using var machine = new VirtualMachine(config);
        Assert.Null(TryRun(machine, MostOpened)); // what the runtime opens once for all is not what fails below
        ProcessHoldings before = ProcessHoldings.Now();

        var failures = new List<Exception>();
        while (failures.Count < MostOpened && TryRun(machine, failures.Count) is { } failure)
        {
            failures.Add(failure);
            Assert.Equal(before, ProcessHoldings.Now());
        }

        // The image, /dev/kvm, the machine, a vCPU each and the log file; the module is open for a while beside three of them.
        Assert.InRange(failures.Count, 3 + Vcpus, MostOpened - 1);
        Assert.Equal(before, ProcessHoldings.Now());
    }

    [KvmFact]
    public void A_reset_that_fails_at_any_step_leaves_nothing()
    {
        MachineConfig config = GuestMachine.Config(GuestProgram.Boot("keys")) with { InterruptController = true, VcpuCount = Vcpus, OnReset = ResetAction.Restart };
        using var machine = new VirtualMachine(config);
        ResetWith(machine, MostOpened);
        machine.TurnOff();
        ProcessHoldings before = ProcessHoldings.Now();

        int failures = 0;
        for (; failures < MostOpened; failures++)
        {
            ResetWith(machine, failures);
            if (machine.State == MachineState.Running) break;
            Assert.Equal((MachineState.Failed, ExitReason.InternalError), (machine.State, machine.LastExit?.Reason));
            Assert.NotNull(machine.LastExit!.Exception);
            Assert.Equal(before, ProcessHoldings.Now());
        }

        Assert.InRange(failures, 2 + Vcpus, MostOpened - 1); // /dev/kvm, the machine, a vCPU each
    }

    /// <summary>Runs the machine to its end while so many descriptors can be opened. What failed; null when nothing did.</summary>
    private static Exception? TryRun(VirtualMachine machine, int opened)
    {
        using DescriptorLimit limit = DescriptorLimit.After(opened);
        if (Record.Exception(machine.Start) is { } failure) return failure;
        MachineExit exit = machine.WaitForEnd();
        machine.Serial!.FileCompleted.Wait(TestContext.Current.CancellationToken);
        return exit.Exception;
    }

    /// <summary>Starts the machine and lets its guest reset it while so many descriptors can be opened.</summary>
    private static void ResetWith(VirtualMachine machine, int opened)
    {
        machine.Start();
        machine.WaitForText("run 1\n");
        using DescriptorLimit limit = DescriptorLimit.After(opened);
        machine.Type("r");
        Assert.True(machine.WaitFor(state => state == MachineState.Failed || machine.Resets > 0, GuestMachine.Patience, TestContext.Current.CancellationToken));
    }
}
