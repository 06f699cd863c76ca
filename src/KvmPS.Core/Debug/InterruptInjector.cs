using KvmPS.Core.Machine;

namespace KvmPS.Core.Debug;

/// <summary>Interrupts a guest from outside, as the buttons and probes of a workbench do.</summary>
public static class InterruptInjector
{
    /// <summary>Sends a vCPU a non-maskable interrupt: at once when it runs or sleeps, after the pause when it is paused.</summary>
    /// <exception cref="InspectionException">The machine is off.</exception>
    public static void SendNmi(VirtualMachine machine, int index)
    {
        Inspected.Run(machine);
        Inspected.Invoke(machine, index, static vcpu =>
        {
            vcpu.InjectNmi();
            return true;
        });
    }

    /// <summary>Raises an input of the interrupt controllers and lowers it again.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="gsi">The global system interrupt: 0 to 15 are the lines of the PIC, 0 to 23 those of the I/O APIC.</param>
    /// <exception cref="InspectionException">The machine is off, or has no interrupt controllers.</exception>
    public static void PulseLine(VirtualMachine machine, int gsi)
    {
        string name = machine.Config.Name;
        MachineInstance run = Inspected.Run(machine);
        if (!run.Config.InterruptController)
            throw new InspectionException(InspectionFailure.NoInterruptController, name, $"Machine '{name}' has no interrupt controllers: it has no line {gsi}.");

        bool raised = false;
        try
        {
            run.Vm!.SetInterruptLine(gsi, level: true);
            raised = true;
            run.Vm.SetInterruptLine(gsi, level: false);
        }
        catch (ObjectDisposedException) when (raised)
        {
            // The guest took the interrupt and ended the machine.
        }
        catch (ObjectDisposedException ended)
        {
            throw Inspected.Off(machine, ended);
        }
    }
}
