using System.Management.Automation;

namespace KvmPS.Commands;

/// <summary>A cmdlet that changes machines: silent unless <c>-PassThru</c>.</summary>
public abstract class MachineActionCmdlet : MachineCmdlet
{
    /// <summary>Writes the machine when it is done.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <summary>What <c>-WhatIf</c> calls the action.</summary>
    private protected abstract string Action { get; }

    internal sealed override void Process(KvmVM vm)
    {
        if (ShouldProcess($"Virtual machine '{vm.Name}' ({vm.State})", Action)) Act(vm);
    }

    /// <summary>The change itself.</summary>
    internal abstract void Change(KvmVM vm);

    /// <summary>What is done when the user agrees.</summary>
    private protected virtual void Act(KvmVM vm)
    {
        Change(vm);
        if (PassThru) WriteObject(vm);
    }
}
