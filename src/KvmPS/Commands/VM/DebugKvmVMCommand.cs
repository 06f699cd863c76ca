using System.Management.Automation;
using KvmPS.Core.Debug;

namespace KvmPS.Commands;

/// <summary>Interrupts guests from outside: by a non-maskable interrupt, or by a line of the interrupt controllers.</summary>
[Cmdlet(VerbsDiagnostic.Debug, "KvmVM", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Medium, DefaultParameterSetName = ByName)]
[OutputType(typeof(KvmVM))]
public sealed class DebugKvmVMCommand : MachineActionCmdlet
{
    private const int LargestGsi = 23;

    /// <summary>Sends a non-maskable interrupt; so does the cmdlet without <c>-Gsi</c>.</summary>
    [Parameter]
    [Alias("Nmi")]
    public SwitchParameter InjectNonMaskableInterrupt { get; set; }

    /// <summary>The numbers of the vCPUs that get the non-maskable interrupt.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    [ArgumentCompleter(typeof(VcpuIndexCompleter))]
    public int[] Index { get; set; } = [0];

    /// <summary>Raises these lines of the interrupt controllers and lowers them again.</summary>
    [Parameter]
    [ValidateRange(0, LargestGsi)]
    public int[] Gsi { get; set; } = [];

    private bool SendsNmi => InjectNonMaskableInterrupt || Gsi.Length == 0;

    private protected override string Action => (SendsNmi, Gsi.Length > 0) switch
    {
        (true, false) => $"Send a non-maskable interrupt to vCPU {string.Join(", ", Index)}",
        (false, _) => $"Pulse interrupt line {string.Join(", ", Gsi)}",
        _ => $"Send a non-maskable interrupt to vCPU {string.Join(", ", Index)}, and pulse interrupt line {string.Join(", ", Gsi)}",
    };

    internal override void Change(KvmVM vm)
    {
        int[] vcpus = [.. VcpuSelection.Of(vm, Index)];
        foreach (int gsi in Gsi) InterruptInjector.PulseLine(vm.Machine, gsi);
        if (!SendsNmi) return;
        foreach (int index in vcpus) InterruptInjector.SendNmi(vm.Machine, index);
    }
}
