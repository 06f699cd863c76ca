using System.Management.Automation;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>Makes a machine that is off.</summary>
[Cmdlet(VerbsCommon.New, "KvmVM", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, DefaultParameterSetName = ForKernel)]
[OutputType(typeof(KvmVM))]
public sealed class NewKvmVMCommand : MachineConfigCmdlet
{
    /// <inheritdoc/>
    protected override void ProcessRecord() => ForItem(Name, () =>
    {
        KvmVM vm = CreateMachine();
        if (!ShouldProcess($"Virtual machine '{vm.Name}'", $"Create with {Describe(vm)}")) return;
        MachineRegistry.Add(vm);
        WriteVerbose($"Created machine '{vm.Name}': {Describe(vm)}.");
        WriteObject(vm);
    });

    private static string Describe(KvmVM vm)
    {
        string boot = vm.Machine.Config.Boot is CodeBoot code ? $"{code.Code.Length} bytes of {code.Mode} mode code at 0x{code.LoadAddress:x}" : $"kernel '{vm.Kernel}'";
        return $"{vm.VcpuCount} vCPU, {vm.MemoryBytes >> 20} MiB, {boot}";
    }
}
