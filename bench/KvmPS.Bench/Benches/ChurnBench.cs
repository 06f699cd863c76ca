using System.Globalization;
using System.Text.RegularExpressions;
using KvmPS.Bench.Measuring;

namespace KvmPS.Bench.Benches;

/// <summary>A thousand machines in one process, each created, run to its end and removed: how fast, and what is left of them.</summary>
internal sealed partial class ChurnBench : IBench
{
    private const int Machines = 1000;
    private const double FlatBytes = 1024; // of memory for each machine more: a quarter of the least that the kernel gives

    /// <inheritdoc/>
    public string Name => "churn";

    /// <inheritdoc/>
    public string Purpose => "1,000 machines created, run to their end and removed; the same ioctls in C";

    /// <inheritdoc/>
    public void Run(BenchOptions options)
    {
        int rounds = options.RoundsOr(full: 5, quick: 1);
        Table.Header("C");
        Compare("no irqchip", interruptController: false, rounds);
        Compare("irqchip", interruptController: true, rounds);
        Table.Note($"{Machines} machines after {ChurnChild.WarmUp}, in a fresh process each; the median of {rounds} such rounds in turn, of what is left the most.");
    }

    private static void Compare(string choice, bool interruptController, int rounds)
    {
        string program = Places.Reference("create-vm");
        string[] chip = interruptController ? [CreateChild.Irqchip] : [];
        List<double> loop = [];
        List<double> loopCpu = [];
        List<KeyedOutput> library = [];
        List<KeyedOutput> cmdlets = [];
        for (int round = 0; round < rounds; round++)
        {
            Child child = Child.Run(program, [.. chip, "--churn", $"{Machines}"]).Checked("create-vm");
            loop.Add(OfLoop(child));
            loopCpu.Add(child.Cpu.Total * 1e6 / Machines);
            library.Add(KeyedOutput.Of(Child.Run(Places.Bench, [ChurnChild.Argument, $"{Machines}", .. chip]).Checked("KvmPS.Bench")));
            cmdlets.Add(KeyedOutput.Of(Child.Run(Places.Shell, ["-Command", Script(interruptController)]).Checked("kvmsh")));
        }

        Rows($"VirtualMachine, {choice}", library, loop, loopCpu);
        Rows($"cmdlets, {choice}", cmdlets, loop, loopCpu);
    }

    private static void Rows(string what, List<KeyedOutput> ours, List<double> loop, List<double> loopCpu)
    {
        double time = ours.Select(static figures => figures["us"]).Median();
        Table.Row($"{what}, us a machine", time, loop.Median(), Bar.Ratio(2));
        Table.Row($"{what}, machines a second", 1e6 / time, 1e6 / loop.Median(), Bar.None);
        Table.Row($"{what}, CPU time of it, us", ours.Select(static figures => figures["cpu"]).Median(), loopCpu.Median(), Bar.None);
        Table.Row($"{what}, allocated for it, bytes", ours.Select(static figures => figures["allocated"]).Median());
        Table.Row($"{what}, memory for one more, bytes", ours.Select(Growth).Median(), Bar.AtMost(FlatBytes));
        foreach (string kind in (string[])["descriptors", "mappings", "threads", "objects"])
            Table.Row($"{what}, {kind} left", ours.Max(figures => figures[kind]), Bar.AtMost(0));
    }

    /// <summary>Bytes of physical memory that each machine more takes.</summary>
    private static double Growth(KeyedOutput figures)
    {
        double[] memory = [.. Enumerable.Range(0, ChurnChild.MemorySamples).Select(sample => figures[$"memory{sample}"])];
        return memory.Slope() * ChurnChild.MemorySamples / Machines;
    }

    /// <summary>What a user's script does, with the same looks as <see cref="ChurnChild"/>.</summary>
    private static string Script(bool interruptController) =>
        $$"""
        $code = [byte[]]({{string.Join(',', FirstExit.Code)}})
        function Invoke-Machine($Trace) {
            $vm = New-KvmVM -Code $code -MemoryBytes {{FirstExit.MemoryBytes}}{{(interruptController ? " -InterruptController" : "")}}
            Start-KvmVM $vm
            $null = Wait-KvmVM $vm
            Remove-KvmVM $vm -Confirm:$false
            if ($null -ne $Trace) { $Trace.Target = $vm }
        }
        function Measure-Left {
            for ($i = 0; $i -lt 3; $i++) { [GC]::Collect(); [GC]::WaitForPendingFinalizers() }
            [Threading.Thread]::Sleep(1500)
            $left = @{ descriptors = 0; mappings = 0; threads = 0 }
            foreach ($link in [IO.Directory]::EnumerateFileSystemEntries('/proc/self/fd')) { if ([IO.FileInfo]::new($link).LinkTarget -match 'kvm') { $left.descriptors++ } }
            foreach ($line in [IO.File]::ReadAllLines('/proc/self/maps')) { if ($line -match 'anon_inode:kvm') { $left.mappings++ } }
            foreach ($task in [IO.Directory]::EnumerateDirectories('/proc/self/task')) { if ([IO.File]::ReadAllText("$task/comm") -match '^kvm-') { $left.threads++ } }
            $left
        }
        for ($i = 0; $i -lt {{ChurnChild.WarmUp}}; $i++) { Invoke-Machine $null }
        $before = Measure-Left
        $traces = [WeakReference[]]::new({{Machines}})
        for ($i = 0; $i -lt $traces.Count; $i++) { $traces[$i] = [WeakReference]::new($null) }
        $memory = [Collections.Generic.List[double]]::new()
        $next = 0
        $clock = [Diagnostics.Stopwatch]::new()
        $cpu = 0
        $allocated = [GC]::GetTotalAllocatedBytes($true)
        for ($sample = 0; $sample -lt {{ChurnChild.MemorySamples}}; $sample++) {
            $cpu -= [Environment]::CpuUsage.TotalTime.TotalMicroseconds
            $clock.Start()
            for ($i = 0; $i -lt {{Machines / ChurnChild.MemorySamples}}; $i++) { Invoke-Machine $traces[$next++] }
            $clock.Stop()
            $cpu += [Environment]::CpuUsage.TotalTime.TotalMicroseconds
            [GC]::Collect(2, [GCCollectionMode]::Aggressive, $true, $true)
            $memory.Add([double]([IO.File]::ReadAllText('/proc/self/statm').Split(' ')[1]) * 4096)
        }
        $allocated = [GC]::GetTotalAllocatedBytes($true) - $allocated
        $after = Measure-Left
        $objects = 0
        foreach ($trace in $traces) { if ($trace.IsAlive) { $objects++ } }
        [Console]::Out.WriteLine("us=$($clock.Elapsed.TotalMicroseconds / {{Machines}})")
        [Console]::Out.WriteLine("cpu=$($cpu / {{Machines}})")
        [Console]::Out.WriteLine("allocated=$($allocated / {{Machines}})")
        for ($sample = 0; $sample -lt $memory.Count; $sample++) { [Console]::Out.WriteLine("memory$sample=$($memory[$sample])") }
        [Console]::Out.WriteLine("objects=$objects")
        foreach ($kind in $before.Keys) { [Console]::Out.WriteLine("$kind=$($after[$kind] - $before[$kind])") }
        """;

    private static double OfLoop(Child child) => double.Parse(Microseconds().Match(child.Output).Groups["us"].Value, CultureInfo.InvariantCulture);

    [GeneratedRegex(@"churn: (?<us>[\d.]+) us a machine", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Microseconds();
}
