using System.Management.Automation;
using KvmPS.Core.Guest;
using KvmPS.Core.Machine;
using KvmPS.Core.Serial;

namespace KvmPS.Commands;

/// <summary>A cmdlet that speaks to a shell in a guest: over the console, unless another port is asked for.</summary>
public abstract class GuestCmdlet : KvmCmdlet
{
    /// <summary>The set of parameters by name.</summary>
    protected const string ByName = "VMName";

    /// <summary>The set of parameters by object.</summary>
    protected const string ByObject = "VM";

    /// <summary>Who logs in where the guest asks.</summary>
    [Parameter]
    [ValidateNotNull]
    [Credential]
    public PSCredential? Credential { get; set; }

    /// <summary>How long, in seconds or as a TimeSpan; -1 for ever.</summary>
    [Parameter]
    [TimeoutTransformation]
    [ArgumentCompleter(typeof(TimeoutCompleter))]
    public TimeSpan Timeout { get; set; } = Waits.DefaultTimeout;

    /// <summary>The port with the shell: a number or name of a serial port (<c>2</c>, <c>COM2</c>, <c>ttyS1</c>), <c>hvc0</c>, or the name of a console port. The console when it is left out.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(SerialPortCompleter))]
    public string Port { get; set; } = "";

    /// <summary>A guest whose kernel says that it is broken is spoken to as any other.</summary>
    [Parameter]
    public SwitchParameter NoDefaultFailurePattern { get; set; }

    /// <summary>Returns a job for each machine, and does the work in it.</summary>
    [Parameter]
    public SwitchParameter AsJob { get; set; }

    /// <summary>Where the shell is, in words.</summary>
    private protected string Where(KvmVM vm) => $"{(Port.Length == 0 ? "Console" : $"Port '{Port}'")} of virtual machine '{vm.Name}'";

    /// <summary>Does something with the shell of a machine, and turns what goes wrong into errors that name the machine.</summary>
    /// <param name="vm">The machine.</param>
    /// <param name="what">What is done, for messages.</param>
    /// <param name="output">Who is told.</param>
    /// <param name="cancellation">Ends the work.</param>
    /// <param name="work">The work.</param>
    private protected T Converse<T>(KvmVM vm, string what, ICmdletOutput output, CancellationToken cancellation, Func<GuestShell, GuestLogin?, GuestPatience, T> work)
    {
        cancellation.ThrowIfCancellationRequested(); // a job may be stopped before it has begun
        SerialPort port = vm.SerialPort(Port);
        if (vm.State is not (MachineState.Running or MachineState.Paused)) throw MachineErrors.NotRunning(vm);
        using var progress = new WaitProgress(output, vm, $"Waiting for '{vm.Name}' to {what}", Timeout);
        var patience = new GuestPatience(Timeout, cancellation)
        {
            Watch = () =>
            {
                if (vm.IsHeldByPanic) throw MachineErrors.Ended(vm, what);
                progress.Show();
            },
            Kernel = NoDefaultFailurePattern ? null : new KernelWatch(vm.Machine.SerialPorts, port),
            Story = output.WriteVerbose,
        };
        try
        {
            return work(GuestShell.At(port), Login, patience);
        }
        catch (GuestConsoleEndedException)
        {
            // The log is complete a moment before the machine is seen to be off.
            vm.Machine.WaitFor(static state => state is MachineState.Off or MachineState.Failed, Waits.DefaultTimeout, cancellation);
            throw MachineErrors.Ended(vm, what);
        }
        catch (GuestKernelException broken)
        {
            bool hasEnded = broken.Failure == KernelFailure.Panic && Panics.HasEnded(vm, Panics.Patience, cancellation);
            throw hasEnded ? MachineErrors.Ended(vm, what) : GuestErrors.Broken(broken, vm, what);
        }
        catch (Exception exception) when (GuestErrors.Knows(exception))
        {
            throw GuestErrors.Of(exception, vm, what, Timeout);
        }
    }

    private GuestLogin? Login => Credential is { } credential ? new GuestLogin(credential.UserName, credential.GetNetworkCredential().Password) : null;
}
