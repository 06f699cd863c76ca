using System.Diagnostics;
using System.Globalization;
using KvmPS.Bench.Measuring;
using KvmPS.Core.Boot;
using KvmPS.Core.Machine;
using KvmPS.Native;

namespace KvmPS.Bench.Benches;

/// <summary>The child process of <see cref="IdleBench"/>: machines that sleep, and what they take of the host.</summary>
internal static class IdleChild
{
    /// <summary>The first argument of a child; how many machines, and for how many seconds to watch them, follow.</summary>
    public const string Argument = "--idle-child";

    private const ulong MemoryBytes = 128 << 20;

    /// <summary>Masks the PIC and sleeps with interrupts on. Real mode.</summary>
    private static readonly byte[] Code =
    [
        0xB0, 0xFF, 0xE6, 0x21, 0xE6, 0xA1, // mov al, 0xff; out 0x21, al; out 0xa1, al
        0xFB, 0xF4, // again: sti; hlt
        0xEB, 0xFC, // jmp again
    ];

    /// <summary>Starts the machines, watches them and prints the figures.</summary>
    public static int Run(ReadOnlySpan<string> arguments)
    {
        int count = int.Parse(arguments[1], CultureInfo.InvariantCulture);
        var time = TimeSpan.FromSeconds(int.Parse(arguments[2], CultureInfo.InvariantCulture));
        var guests = new List<GuestMemory>(count + 1);
        using (VirtualMachine first = Start("first", guests)) Thread.Sleep(TimeSpan.FromSeconds(1));
        guests.Clear();
        long managedBefore = GC.GetTotalMemory(forceFullCollection: true);
        long before = ResidentMemory.Total();
        long tablesBefore = ResidentMemory.PageTables();

        var machines = new List<VirtualMachine>(count);
        for (int i = 0; i < count; i++) machines.Add(Start($"idle{i}", guests));
        Thread.Sleep(time / 2); // until all sleep, and those who look after them know it

        long touched = guests.Sum(ResidentMemory.Of);
        KeyedOutput.Print("memory", (double)(ResidentMemory.Total() - before - touched) / count);
        KeyedOutput.Print("guest", (double)touched / count);
        KeyedOutput.Print("tables", (double)(ResidentMemory.PageTables() - tablesBefore) / count);
        CpuUse cpu = CpuUse.OfThisProcess();
        long start = Stopwatch.GetTimestamp();
        Thread.Sleep(time);
        KeyedOutput.Print("cpu", (CpuUse.OfThisProcess() - cpu).Total / Stopwatch.GetElapsedTime(start).TotalSeconds / count);
        KeyedOutput.Print("managed", (double)(GC.GetTotalMemory(forceFullCollection: true) - managedBefore) / count);
        KeyedOutput.Print("running", machines.Count(static machine => machine.State == MachineState.Running));
        foreach (VirtualMachine machine in machines) machine.Dispose();
        return 0;
    }

    private static VirtualMachine Start(string name, List<GuestMemory> guests)
    {
        var machine = new VirtualMachine(
            new MachineConfig { Name = name, Boot = new CodeBoot(Code, CpuMode.Real, MemoryLayout.RawCode), MemoryBytes = MemoryBytes },
            instance => guests.Add(instance.Memory!));
        machine.Start();
        return machine;
    }
}
