using System.Management.Automation;

namespace KvmPS;

/// <summary>Import and removal of the module. Removal ends the machines of the removing runspace and the orphans of closed ones, never another's.</summary>
public sealed class ModuleLifetime : IModuleAssemblyInitializer, IModuleAssemblyCleanup
{
    private static int _imported;

    /// <inheritdoc/>
    public void OnImport()
    {
        if (Interlocked.Exchange(ref _imported, 1) != 0) return;
        AppDomain.CurrentDomain.ProcessExit += static (_, _) => MachineRegistry.End(static _ => true);
    }

    /// <inheritdoc/>
    public void OnRemove(PSModuleInfo psModuleInfo)
    {
        Guid here = Runspaces.Current.Id;
        MachineRegistry.End(vm => vm.Owner.Id == here || vm.Owner.IsGone);
    }
}
