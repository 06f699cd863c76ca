using System.Globalization;
using KvmPS.Bench.Measuring;

namespace KvmPS.Bench.Benches;

/// <summary>Machines started by <c>ForEach-Object -Parallel</c> in kvmsh, the console of each waited for and compared, beside the same machines one after the other.</summary>
internal sealed class ParallelBench : IBench
{
    private const int Machines = 64;
    private const int Runspaces = 16;
    private const int FloodBytes = 16 << 10;
    private const int CountField = 4; // of the guest program "flood"

    /// <inheritdoc/>
    public string Name => "parallel";

    /// <inheritdoc/>
    public string Purpose => "64 machines from ForEach-Object -Parallel, each console waited for, seconds; one after the other";

    /// <inheritdoc/>
    public void Run(BenchOptions options)
    {
        int rounds = options.RoundsOr(full: 5, quick: 3);
        Table.Header("one by one");
        byte[] flood = Places.GuestProgram("flood");
        BitConverter.GetBytes(FloodBytes).CopyTo(flood, CountField);
        Compare("a few lines each", Places.GuestProgram("hello"), rounds);
        Compare($"{FloodBytes} bytes each", flood, rounds);
        Table.Note($"{Runspaces} at a time, on {Environment.ProcessorCount} CPUs; both ways in turn in one kvmsh, the first pair not counted. Making the runspaces and importing the module into each is in our figure.");
    }

    private static void Compare(string what, byte[] code, int rounds)
    {
        double[][] lines =
        [
            .. Child.Run(Places.Shell, ["-Command", Script(code, rounds)]).Checked("kvmsh").Output.Split('\n', StringSplitOptions.RemoveEmptyEntries)
                .Select(static line => line.Split(' ').Select(static number => double.Parse(number, CultureInfo.InvariantCulture)).ToArray()),
        ];
        if (lines.Length != rounds + 1) throw new BenchNotPossibleException($"kvmsh printed {lines.Length} lines instead of {rounds + 1}.");
        double[][] counted = lines[1..];
        Table.Row($"{Machines} machines, {what}, s", counted.Select(static line => line[0]).Median(), counted.Select(static line => line[1]).Median(), Bar.None);
        Table.Row("  consoles not heard whole", lines.Sum(static line => line[2]), Bar.AtMost(0));
        Table.Samples("in parallel, s", counted.Select(static line => line[0]));
        Table.Samples("one by one, s", counted.Select(static line => line[1]));
    }

    /// <summary>What a user types, twice; a line a round with both times and the number of consoles that lack something.</summary>
    private static string Script(byte[] code, int rounds) =>
        $$"""
        $module = '{{Places.Module}}'
        [byte[]]$code = [Convert]::FromBase64String('{{Convert.ToBase64String(code)}}')
        $ErrorActionPreference = 'Stop'
        $text = {
            param($vm)
            Start-KvmVM $vm
            $null = Wait-KvmVM $vm -Timeout 120
            "$($vm.SerialBytes) $(Read-KvmSerial $vm -Raw)"
        }.ToString() # a script block stays with its runspace
        $run = [scriptblock]::Create($text)
        $expected = New-KvmVM -Name alone -Code $code -MemoryBytes 16MB | ForEach-Object { & $run $_ }
        Remove-KvmVM alone
        function Measure-Run([scriptblock]$Way) {
            $vms = 1..{{Machines}} | ForEach-Object { New-KvmVM -Name "m$_" -Code $code -MemoryBytes 16MB }
            $watch = [Diagnostics.Stopwatch]::StartNew()
            $heard = @($vms | & $Way)
            $watch.Elapsed.TotalSeconds
            {{Machines}} - $heard.Where({ $_ -ceq $expected }).Count
            $vms | Remove-KvmVM
        }
        foreach ($round in 0..{{rounds}}) {
            $parallel, $lost = Measure-Run { $input | ForEach-Object -ThrottleLimit {{Runspaces}} -Parallel { Import-Module $using:module; & ([scriptblock]::Create($using:text)) $_ } }
            $single, $lostToo = Measure-Run { $input | ForEach-Object { & $run $_ } }
            [Console]::Out.WriteLine([string]::Format([cultureinfo]::InvariantCulture, '{0:0.000} {1:0.000} {2}', $parallel, $single, $lost + $lostToo))
        }
        """;
}
