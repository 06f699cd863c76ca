using KvmPS.Core.Boot;
using KvmPS.Core.Machine;
using KvmPS.Native;
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
        Held before = Held.Now();

        for (int i = 0; i < Machines; i++) RunOne(i);

        Assert.Equal(before, Held.Now());
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
        Held before = Held.Now();
        for (int i = 0; i < 5; i++) All();
        Assert.Equal(before, Held.Now());
    }

    private static void Refused<T>(MachineConfig config) where T : Exception
    {
        using var machine = new VirtualMachine(config);
        Assert.Throws<T>(machine.Start);
        Assert.Equal((MachineState.Off, 0), (machine.State, machine.Runs));
        Assert.Null(machine.Serial);
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

    /// <summary>What the process holds from the kernel, with what other tests left to the garbage collector gone.</summary>
    private sealed record Held(int Descriptors, int Mappings, int VcpuThreads, int OpenFiles)
    {
        public static Held Now()
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return new Held(NativeResources.Descriptors, NativeResources.Mappings, NativeResources.VcpuThreads, Directory.EnumerateFileSystemEntries("/proc/self/fd").Count(IsOurs));
        }

        /// <summary>Files and KVM's objects; the runtime opens and closes pipes, sockets and event descriptors as it likes.</summary>
        private static bool IsOurs(string link) =>
            new FileInfo(link).LinkTarget is { } target && (target.StartsWith("anon_inode:kvm", StringComparison.Ordinal) || target.StartsWith('/'));
    }
}
