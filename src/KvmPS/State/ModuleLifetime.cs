using System.Management.Automation;
using System.Runtime.InteropServices;
using KvmPS.Commands;

namespace KvmPS;

/// <summary>Import and removal of the module. Removal ends the jobs and machines of the removing runspace and the orphans of closed ones, never another's.</summary>
public sealed class ModuleLifetime : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    /// <summary>A machine that is stuck must not keep the process: the kernel frees it with the process anyway.</summary>
    private static readonly TimeSpan ExitPatience = TimeSpan.FromSeconds(5);

    private static readonly List<PosixSignalRegistration> Signals = []; // For as long as the process lives: without a reference they would end.
    private static int _imported;

    /// <inheritdoc/>
    public void OnImport()
    {
        ShouldOperatorRegistration.RegisterOnImport();
        if (Interlocked.Exchange(ref _imported, 1) != 0) return;
        AppDomain.CurrentDomain.ProcessExit += static (_, _) => MachineRegistry.End(static _ => true, ExitPatience);

        // The runtime raises no event when one of these ends the process. The kernel frees the machines then; what a file has yet to get is saved here. They are
        // not ended: the process may outlive the signal (nohup, a host that handles it), and a script that waits for a machine must not go on as if its guest had ended.
        foreach (PosixSignal signal in (PosixSignal[])[PosixSignal.SIGTERM, PosixSignal.SIGHUP])
            Signals.Add(PosixSignalRegistration.Create(signal, static _ => MachineRegistry.FlushLogs(ExitPatience)));
    }

    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo)
    {
        Guid here = Runspaces.Current.Id;
        RunningJobs.Stop(job => job.Owner.Id == here || job.Owner.IsGone, ExitPatience); // first: a stopped wait says more than a machine that went away under it
        MachineRegistry.End(vm => vm.Owner.Id == here || vm.Owner.IsGone, Timeout.InfiniteTimeSpan);
    }
}
