using KvmPS.Core.Boot;
using KvmPS.Core.Machine;
using KvmPS.Native;

namespace KvmPS.Stress.Hammering;

/// <summary>A place where there is always a machine: when one is removed, there is another.</summary>
/// <param name="config">What its machines are made from.</param>
internal sealed class HammerTarget(MachineConfig config) : IDisposable
{
    /// <summary>Polls COM1, and resets itself when a byte comes. Real mode.</summary>
    private static readonly byte[] Polling =
    [
        0xBA, 0xFD, 0x03, // mov dx, 0x3fd
        0xEC, 0xA8, 0x01, // again: in al, dx; test al, 1
        0x74, 0xFB, // jz again
        0xB0, 0xFE, 0xE6, 0x64, // mov al, 0xfe; out 0x64, al
        0xEB, 0xFE, // jmp to itself
    ];

    /// <summary>Sleeps with interrupts on, of which none comes.</summary>
    private static readonly byte[] Sleeping =
    [
        0xB0, 0xFF, 0xE6, 0x21, 0xE6, 0xA1, // mov al, 0xff; out 0x21, al; out 0xa1, al
        0xFB, 0xF4, // again: sti; hlt
        0xEB, 0xFC, // jmp again
    ];

    private VirtualMachine _machine = new(config);

    /// <summary>The machine.</summary>
    public VirtualMachine Machine => Volatile.Read(ref _machine);

    /// <summary>Held for reading by those who hammer and for writing by the one who looks whether all is in order.</summary>
    public ReaderWriterLockSlim Quiet { get; } = new();

    /// <summary>Machines of different kinds: asleep or busy, with and without interrupt controllers, and with a second vCPU that nobody starts.</summary>
    public static IReadOnlyList<HammerTarget> Make(int count) => [.. Enumerable.Range(0, count).Select(static index => new HammerTarget(Config(index)))];

    /// <summary>Removes the machine; another one is there before it has gone.</summary>
    public void Remove() => Interlocked.Exchange(ref _machine, new VirtualMachine(config)).Dispose();

    /// <summary>What is wrong with the machine while nobody touches it; null when nothing is.</summary>
    public string? FindFault()
    {
        VirtualMachine machine = Machine;
        MachineState state = machine.State;
        MachineExit? exit = machine.LastExit;
        IReadOnlyList<VcpuThread> vcpus = machine.Vcpus;
        switch (state)
        {
            case MachineState.Running when exit is null && vcpus.Count == config.VcpuCount:
                return null;
            case MachineState.Paused when exit is null && vcpus.Count == config.VcpuCount:
                return StandsStill(vcpus) ? null : "It is paused and runs.";
            case MachineState.Off when machine.Runs == 0:
                return null;
            case MachineState.Off when exit?.Reason is ExitReason.TurnedOff or ExitReason.GuestReset:
                return vcpus.All(static vcpu => vcpu.HasEnded) && machine.Serial!.Log.IsCompleted ? null : "It is off, and not all of it has ended.";
            default:
                return machine.State != state ? FindFault() // its guest ended it while it was looked at
                    : $"It is {state} after {machine.Runs} runs with {vcpus.Count} vCPUs, and its last end was: {exit?.Message ?? "none"}";
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Machine.Dispose();
        Quiet.Dispose();
    }

    private static MachineConfig Config(int index)
    {
        bool isBusy = index % 2 == 0;
        bool hasControllers = index % 3 != 0 || !isBusy; // without them a HLT is the end
        return new MachineConfig
        {
            Name = $"hammer{index}",
            Boot = new CodeBoot(isBusy ? Polling : Sleeping, CpuMode.Real, MemoryLayout.RawCode),
            MemoryBytes = 4 << 20,
            InterruptController = hasControllers,
            OnReset = index % 3 == 1 ? ResetAction.Restart : ResetAction.Stop,
            VcpuCount = hasControllers && index % 4 == 2 ? 2 : 1,
        };
    }

    private static bool StandsStill(IReadOnlyList<VcpuThread> vcpus)
    {
        long before = vcpus.Sum(static vcpu => vcpu.Exits);
        Thread.Sleep(1); // a busy guest makes a hundred exits meanwhile
        return vcpus.Sum(static vcpu => vcpu.Exits) == before && vcpus.All(static vcpu => !vcpu.HasEnded);
    }
}
