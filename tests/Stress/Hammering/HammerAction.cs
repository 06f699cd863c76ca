using KvmPS.Core.Machine;
using KvmPS.Native;

namespace KvmPS.Stress.Hammering;

/// <summary>One thing that a hammering thread does to a machine.</summary>
/// <param name="Name">What reports call it.</param>
/// <param name="Transition">What it is in the table of transitions; null when the state does not tell whether it may be done, nor what follows.</param>
/// <param name="Do">Does it.</param>
internal sealed record HammerAction(string Name, MachineAction? Transition, Action<HammerTarget> Do)
{
    /// <summary>All of them. An action more is a line more.</summary>
    public static IReadOnlyList<HammerAction> All { get; } =
    [
        new("start", MachineAction.Start, static target => target.Machine.Start()),
        new("suspend", MachineAction.Pause, static target => target.Machine.Pause()),
        new("resume", MachineAction.Resume, static target => target.Machine.Resume()),
        new("reset", MachineAction.Reset, static target => target.Machine.Reset()),
        new("press the power button", null, static target => target.Machine.PressPowerButton()),
        new("call a vCPU", null, static target => target.Machine.Vcpus.FirstOrDefault()?.Invoke(static vcpu => vcpu.GetEvents())),
        new("turn off", MachineAction.TurnOff, static target => target.Machine.TurnOff()),
        new("guest's own reset", null, static target => target.Machine.Serial?.WriteInput("r"u8)),
        new("sample registers", null, static target => _ = target.Machine.Vcpus.Select(static vcpu => vcpu.SampleRegisters().rip).Count()),
        new("read statistics", null, static target => _ = (target.Machine.Statistics, target.Machine.Uptime, target.Machine.Serial?.Log.Text)),
        new("reconfigure", MachineAction.Reconfigure, static target => target.Machine.Reconfigure(static config => config with { MemoryBytes = config.MemoryBytes ^ (1 << 20) })),
        new("wait for the end", null, static target => target.Machine.WaitFor(static state => state == MachineState.Off, TimeSpan.FromMilliseconds(2), CancellationToken.None)),
        new("remove", null, static target => target.Remove()),
    ];

    /// <summary>Does it. False when the machine says that it is out of place, or has been removed meanwhile: both are answers.</summary>
    public bool TryDo(HammerTarget target)
    {
        try
        {
            Do(target);
            return true;
        }
        catch (Exception exception) when (exception is MachineStateException or MachineRemovedException or NoPowerButtonException or VcpuEndedException)
        {
            return false;
        }
    }
}
