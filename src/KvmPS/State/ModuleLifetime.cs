using System.Management.Automation;

namespace KvmPS;

/// <summary>Import and removal of the module. Removal ends the jobs and machines of the removing runspace and the orphans of closed ones, never another's.</summary>
public sealed class ModuleLifetime : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    /// <summary>A machine that is stuck must not keep the process: the kernel frees it with the process anyway.</summary>
    private static readonly TimeSpan ExitPatience = TimeSpan.FromSeconds(5);

    private static int _imported;

    /// <inheritdoc/>
    public void OnImport()
    {
        if (Interlocked.Exchange(ref _imported, 1) != 0) return;
        AppDomain.CurrentDomain.ProcessExit += static (_, _) => MachineRegistry.End(static _ => true, ExitPatience);
    }

    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo)
    {
        Guid here = Runspaces.Current.Id;
        RunningJobs.Stop(job => job.Owner.Id == here || job.Owner.IsGone, ExitPatience); // first: a stopped wait says more than a machine that went away under it
        MachineRegistry.End(vm => vm.Owner.Id == here || vm.Owner.IsGone, Timeout.InfiniteTimeSpan);
    }
}
