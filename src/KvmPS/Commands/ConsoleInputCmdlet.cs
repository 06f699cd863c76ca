using System.Management.Automation;

namespace KvmPS.Commands;

/// <summary>
/// A cmdlet with a machine and a text: <c>verb name text</c>, <c>verb $vm text</c> and <c>$vm | verb text</c> all work.
/// </summary>
/// <remarks>
/// The binder settles position 0 before it sees the pipeline, so the default set takes all positional text; when no machine comes from the
/// pipeline, the first of the texts is the machine's name.
/// </remarks>
public abstract class ConsoleInputCmdlet : KvmCmdlet
{
    /// <summary>The set for a piped machine.</summary>
    protected const string Piped = "Pipeline";

    /// <summary>The set of parameters by name.</summary>
    protected const string ByName = "VMName";

    /// <summary>The set of parameters by object.</summary>
    protected const string ByObject = "VM";

    /// <summary>Names of machines, or wildcard patterns.</summary>
    [Parameter(ParameterSetName = ByName, Mandatory = true, Position = 0)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MachineNameCompleter))]
    public string[]? VMName { get; set; }

    /// <summary>Machines. From the pipeline names stand for machines too.</summary>
    [Parameter(ParameterSetName = ByObject, Mandatory = true, Position = 0)]
    [Parameter(ParameterSetName = Piped, ValueFromPipeline = true)]
    [MachineTransformation(AcceptName = true)]
    [ValidateNotNullOrEmpty]
    public KvmVM[]? VM { get; set; }

    /// <summary>The text parameter, so that the base can take the name off it.</summary>
    private protected abstract string[]? Text { get; set; }

    /// <summary>Calls <see cref="Process"/> for each machine.</summary>
    protected sealed override void ProcessRecord()
    {
        if (ParameterSetName == Piped && VM is null && !TakeNameOffText()) return;
        MachineResolver.ForEach(VM, VMName, ForItem, Process);
    }

    /// <summary>The work for one machine.</summary>
    internal abstract void Process(KvmVM vm);

    private bool TakeNameOffText()
    {
        if (MyInvocation.ExpectingInput) return false; // an empty pipeline: no machine, nothing to do
        if (Text is not [var name, _, ..])
        {
            Terminate(
                new KvmErrorException(KvmErrorId.VMNotFound, ErrorCategory.InvalidArgument, "No machine was given.", $"Pipe a machine in, or name it: {MyInvocation.InvocationName} <name> <text>."),
                target: null);
        }
        else
        {
            VMName = [name];
            Text = Text[1..];
        }

        return true;
    }
}
