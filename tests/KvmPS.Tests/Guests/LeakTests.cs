using System.Runtime.CompilerServices;
using KvmPS.Core.Boot;
using KvmPS.Core.Machine;
using KvmPS.Native;
using KvmPS.Stress;
using Xunit;

namespace KvmPS.Tests.Guests;

/// <summary>After any number of machines, good and bad, the process holds what it held before.</summary>
[Collection(nameof(ExclusiveCollection))]
public sealed class LeakTests : IDisposable
{
    private const int Machines = 200;

    private readonly string _folder = Directory.CreateTempSubdirectory("kvmps-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [KvmFact]
    public void Two_hundred_machines_leave_nothing_behind()
    {
        for (int i = 0; i < 10; i++) RunOne(i); // what the runtime opens once for all is not a leak
        ProcessHoldings before = ProcessHoldings.Now();

        for (int i = 0; i < Machines; i++) RunOne(i);

        Assert.Equal(before, ProcessHoldings.Now());
    }

    [KvmTheory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_hundred_machines_that_ran_to_their_end_leave_no_object_behind(bool interruptController)
    {
        const int machines = 100;
        const int objects = 5; // of each
        var traces = new Traces(machines * objects);

        for (int i = 0; i < machines; i++) RunToEnd(traces, interruptController);

        Assert.Empty(traces.Alive());
    }

    [KvmFact]
    public void Machines_that_cannot_be_built_leave_nothing_behind()
    {
        string kernel = GuestProgram.File("multiboot", "multiboot.elf");
        string missing = Path.Combine(_folder, "missing");
        string zeros = Path.Combine(_folder, "zeros");
        File.WriteAllBytes(zeros, new byte[100_000]);
        string low = Path.Combine(_folder, "low"); // a multiboot image at 256 KiB, which fits into less RAM than the MP table needs
        uint[] header = [0x1BAD_B002, 0x1_0000, unchecked(0 - 0x1BAD_B002u - 0x1_0000u), 0x4_0000, 0x4_0000, 0, 0, 0x4_0000];
        File.WriteAllBytes(low, [.. header.SelectMany(BitConverter.GetBytes)]);
        MachineConfig good = GuestMachine.Config(new KernelBoot(kernel)) with { InterruptController = true };

        void All()
        {
            Refused<ImageNotBootableException>(good with { Boot = new KernelBoot(zeros) });
            Refused<FileNotFoundException>(good with { Boot = new KernelBoot(missing) });
            Refused<FileNotFoundException>(good with { Boot = new KernelBoot(kernel) { Initrds = [kernel, missing] } });
            Refused<ImageNotBootableException>(good with { MemoryBytes = 1 << 20 });
            Refused<ImageNotBootableException>(good with { MemoryBytes = 512 << 10, Boot = new KernelBoot(low) });
            Refused<KvmException>(good with { MemoryBytes = 1ul << 50 });
            Refused<DirectoryNotFoundException>(good with { SerialLogPath = Path.Combine(missing, "console.log") });
            Refused<ImageNotBootableException>(good with { Boot = new KernelBoot(kernel) { CommandLine = new string('x', 100_000) } });
            Refused<ArgumentException>(good with { InterruptController = false, VcpuCount = 2 });
            Refused<KvmException>(GuestMachine.Config(GuestProgram.Boot("spin")) with { InterruptController = true, VcpuCount = 100_000 });
        }

        All();
        ProcessHoldings before = ProcessHoldings.Now();
        for (int i = 0; i < 5; i++) All();
        Assert.Equal(before, ProcessHoldings.Now());
    }

    private static void Refused<T>(MachineConfig config) where T : Exception
    {
        using var machine = new VirtualMachine(config);
        Assert.Throws<T>(machine.Start);
        Assert.Equal((MachineState.Off, 0), (machine.State, machine.Runs));
        Assert.Null(machine.Serial);
    }

    /// <summary>Not inlined: its variables are gone when it returns.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static void RunToEnd(Traces traces, bool interruptController)
    {
        MachineConfig config = GuestMachine.Config(RealModeCode.ExitAfter(1)) with { InterruptController = interruptController };
        using var machine = new VirtualMachine(config, traces.Add);
        Assert.Equal(ExitReason.DebugExit, machine.Run().Reason);
        traces.Add(machine);
        traces.Add(machine.Serial!);
        traces.Add(machine.Serial!.Log);
        foreach (VcpuThread vcpu in machine.Vcpus) traces.Add(vcpu);
    }

    private void RunOne(int index)
    {
        MachineConfig config = GuestMachine.Config((index % 5) switch
        {
            0 => GuestProgram.Boot("mode-real"),
            1 => GuestProgram.Boot("triple"),
            2 => RealModeCode.Sleep,
            3 => new KernelBoot(GuestProgram.File("multiboot", "multiboot.elf")) { Initrds = [GuestProgram.File("multiboot", "multiboot.S")] },
            _ => GuestProgram.Boot("spin"),
        }) with { InterruptController = index % 2 == 0, VcpuCount = index % 2 == 0 ? 1 + (index % 3) : 1, SerialLogPath = Path.Combine(_folder, "console.log") };
        using var machine = new VirtualMachine(config);
        machine.Start();
        if (index % 4 == 0) machine.Pause();
        machine.TurnOff();
        Assert.True(machine.Serial!.FileCompleted.Wait(GuestMachine.Patience, TestContext.Current.CancellationToken));
    }
}
