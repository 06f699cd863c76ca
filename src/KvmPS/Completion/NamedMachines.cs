using System.Collections;
using System.Management.Automation;

namespace KvmPS;

/// <summary>The machines that a command line names, for completers of what is inside them; all machines while none is named.</summary>
internal static class NamedMachines
{
    /// <summary>The machines.</summary>
    /// <param name="parameters">What else is on the command line.</param>
    public static IEnumerable<KvmVM> Of(IDictionary parameters)
    {
        var named = WildcardPattern.Get(parameters["VMName"] as string ?? "*", WildcardOptions.IgnoreCase);
        return MachineRegistry.All.Where(vm => named.IsMatch(vm.Name));
    }
}
