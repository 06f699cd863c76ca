using System.Globalization;
using System.Text.RegularExpressions;
using KvmPS.Bench.Measuring;

namespace KvmPS.Bench.Benches;

/// <summary>From nothing to the first exit of a small raw-code machine: through the library, through the cmdlets, and the same ioctls in C.</summary>
internal sealed partial class CreateBench : IBench
{
    /// <inheritdoc/>
    public string Name => "create";

    /// <inheritdoc/>
    public string Purpose => "nothing to first exit of a 16 MiB machine, microseconds; the same ioctls in C";

    /// <inheritdoc/>
    public void Run(BenchOptions options)
    {
        int rounds = options.RoundsOr(full: 5, quick: 3);
        Table.Header("C");
        Compare("no irqchip", interruptController: false, rounds);
        Compare("irqchip", interruptController: true, rounds);
        Table.Note($"warm: median of {FirstExit.Samples} after {FirstExit.WarmUp}, in a fresh process each; the median of {rounds} such rounds in turn. The first, cold one without a bar.");
    }

    private static void Compare(string choice, bool interruptController, int rounds)
    {
        string program = Places.Reference("create-vm");
        List<Times> library = [];
        List<Times> cmdlets = [];
        List<Times> loop = [];
        for (int round = 0; round < rounds; round++)
        {
            loop.Add(OfLoop(Child.Run(program, interruptController ? [CreateChild.Irqchip] : []).Checked("create-vm")));
            library.Add(OfSamples(Child.Run(Places.Bench, interruptController ? [CreateChild.Argument, CreateChild.Irqchip] : [CreateChild.Argument]).Checked("KvmPS.Bench")));
            cmdlets.Add(OfSamples(Child.Run(Places.Shell, ["-Command", Script(interruptController)]).Checked("kvmsh")));
        }

        Row($"VirtualMachine, {choice}, warm", library, loop, static times => times.Warm, Bar.Ratio(2));
        Row($"New-KvmVM + Start-KvmVM, {choice}, warm", cmdlets, loop, static times => times.Warm, Bar.Ratio(2));
        Row($"VirtualMachine, {choice}, cold", library, loop, static times => times.Cold, Bar.None);
        Row($"New-KvmVM + Start-KvmVM, {choice}, cold", cmdlets, loop, static times => times.Cold, Bar.None);
    }

    private static void Row(string figure, List<Times> ours, List<Times> loop, Func<Times, double> part, Bar? bar) =>
        Table.Row(figure, ours.Select(part).Median(), loop.Select(part).Median(), bar);

    /// <summary>What a user's script does, in the shell that has the engine compiled ahead of time; the log's own time stamp is not public.</summary>
    private static string Script(bool interruptController) =>
        $$"""
        $code = [byte[]]({{string.Join(',', FirstExit.Code)}})
        $machine = [KvmPS.KvmVM].GetProperty('Machine', [Reflection.BindingFlags]'NonPublic, Instance')
        for ($i = 0; $i -le {{FirstExit.WarmUp + FirstExit.Samples}}; $i++) {
            $start = [Diagnostics.Stopwatch]::GetTimestamp()
            $vm = New-KvmVM -Code $code -MemoryBytes {{FirstExit.MemoryBytes}}{{(interruptController ? " -InterruptController" : "")}}
            Start-KvmVM $vm
            $null = Wait-KvmVM $vm
            $first = $machine.GetValue($vm).Serial.Log.FirstByteTimestamp
            [Console]::Out.WriteLine([Diagnostics.Stopwatch]::GetElapsedTime($start, $first).TotalMicroseconds.ToString('0.0'))
            Remove-KvmVM $vm -Confirm:$false
        }
        """;

    private static Times OfSamples(Child child)
    {
        double[] samples = [.. child.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(static line => double.Parse(line, CultureInfo.InvariantCulture))];
        return samples.Length == 1 + FirstExit.WarmUp + FirstExit.Samples
            ? new Times(samples[0], samples[(1 + FirstExit.WarmUp)..].Median())
            : throw new BenchNotPossibleException($"a child printed {samples.Length} samples: {child.Errors}");
    }

    private static Times OfLoop(Child child)
    {
        double[] figures = [.. Microseconds().Matches(child.Output).Select(static match => double.Parse(match.Groups["us"].Value, CultureInfo.InvariantCulture))];
        return new Times(figures[0], figures[1]);
    }

    [GeneratedRegex(@"(?<us>\d+) us to the first exit", RegexOptions.ExplicitCapture, matchTimeoutMilliseconds: 1000)]
    private static partial Regex Microseconds();

    /// <summary>Microseconds to the first exit.</summary>
    private readonly record struct Times(double Cold, double Warm);
}
