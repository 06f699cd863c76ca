using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>What a kernel that panics does to its machine.</summary>
internal static class Panics
{
    /// <summary>How long a panic may take to end or pause the machine after its first line.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Whether a panic has ended or paused the machine: soon after its first line, when the kernel has said all. The machine's error tells more then.</summary>
    public static bool HasEnded(KvmVM vm, TimeSpan patience, CancellationToken cancellation)
    {
        vm.Machine.WaitFor(state => state != MachineState.Running || vm.PanicMessage is null, patience, cancellation);
        return vm.LastExit?.Reason == ExitReason.GuestPanic || vm.IsHeldByPanic;
    }
}
