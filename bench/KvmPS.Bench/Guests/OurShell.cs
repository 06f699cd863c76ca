using System.Text;
using KvmPS.Core.Machine;
using KvmPS.Core.Serial;
using KvmPS.Native;

namespace KvmPS.Bench.Guests;

/// <summary>The shell of a guest on a machine in this process.</summary>
internal sealed class OurShell : IGuestShell
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly VirtualMachine _machine;
    private long _position;

    /// <summary>Boots the machine to its prompt.</summary>
    public OurShell(MachineConfig config)
    {
        _machine = new VirtualMachine(config);
        _machine.Start();
        _position = Wait(GuestCommand.Prompt).End;
    }

    /// <inheritdoc/>
    public long MmioExits => _machine.Statistics.ExitsByReason.GetValueOrDefault(VcpuExitReason.Mmio);

    /// <inheritdoc/>
    public string Run(string command)
    {
        _machine.Serial!.WriteInput(Encoding.ASCII.GetBytes(GuestCommand.Line(command)));
        SerialMatch end = Wait(GuestCommand.End);
        _position = end.End;
        return end.TextBefore;
    }

    /// <inheritdoc/>
    public void Dispose() => _machine.Dispose();

    private SerialMatch Wait(string text) =>
        new SerialMatcher(_machine.Serial!.Log, [text], position: _position).Wait(Patience, CancellationToken.None) ?? throw new Benches.BenchNotPossibleException($"the guest never said '{text}'.");
}
