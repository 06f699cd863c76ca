using System.Management.Automation;
using KvmPS.Core.Boot;
using KvmPS.Core.Machine;

namespace KvmPS.Commands;

/// <summary>A cmdlet that makes a machine from its parameters: <c>New-KvmVM</c> and <c>Invoke-KvmVM</c>.</summary>
public abstract class MachineConfigCmdlet : MachineBootCmdlet
{
    /// <summary>The name; vm1, vm2, … when it is left out.</summary>
    [Parameter(ValueFromPipelineByPropertyName = true)]
    [ValidateMachineName]
    public string? Name { get; set; }

    /// <summary>How the last machine will boot; null when nobody asked, since placing a kernel reads all of it.</summary>
    private protected BootStory? Story { get; private set; }

    private bool IsWhatIf => MyInvocation.BoundParameters.ContainsKey("WhatIf") || GetVariableValue("WhatIfPreference") is true;

    /// <summary>What the machine is made of, in one phrase.</summary>
    private protected string Describe(KvmVM vm)
    {
        MachineConfig config = vm.Machine.Config;
        string story = Story is null ? "" : $" ({Story.Summary})";
        string boot = config.Boot switch
        {
            KernelBoot kernel => $"kernel '{kernel.Path}'{story}",
            FirmwareBoot firmware => $"firmware '{firmware.Path}'{story}",
            _ => ConfigurationText.Code((CodeBoot)config.Boot),
        };
        return $"{vm.VcpuCount} vCPU, {vm.MemoryBytes >> 20} MiB, {boot}";
    }

    /// <summary>A machine from the present parameters, checked as far as it can be without KVM, and not yet registered.</summary>
    private protected KvmVM CreateMachine()
    {
        Story = null;
        MachineConfig config = BuildConfig(Name, IsWhatIf || IsVerbose ? Tell : null);
        foreach (string step in Story?.Steps ?? []) WriteVerbose(step);
        return new KvmVM(config, Runspaces.Current);
    }

    /// <summary>Asks whether to make a machine. One that is only talked about uses up no number.</summary>
    private protected bool ShouldMake(KvmVM vm, string action)
    {
        if (ShouldProcess($"Virtual machine '{vm.Name}'", action)) return true;
        if (Name is null) MachineRegistry.GiveBack(vm.Name);
        return false;
    }

    /// <summary>The plan in words. One that will fail is an error of <c>-WhatIf</c>, and else of the start.</summary>
    private void Tell(BootImage image, MachineConfig config)
    {
        try
        {
            Story = BootStory.Of(BootPlan.Of(image, config));
        }
        catch (ImageNotBootableException failure) when (!IsWhatIf)
        {
            WriteVerbose($"It will not start: {failure.Message}");
        }
    }
}
