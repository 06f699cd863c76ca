using System.Management.Automation;

namespace KvmPS.Commands;

/// <summary>
/// A cmdlet with a machine and a text: <c>verb name text</c>, <c>verb $vm text</c> and <c>$vm | verb text</c> all work.
/// </summary>
/// <remarks>
/// The binder settles positions before it looks at the pipeline, so it cannot know whether a first argument is the machine or the text.
/// The default set therefore has the text at position 0, and the others have the machine there and the text at position 1. One argument
/// binds to the text, which all sets have, so that a piped machine can still choose its own set. A second argument binds to the text too,
/// from the other sets: when nothing is piped, the first was a name. An object at position 0 is no string and goes to <c>-VM</c> at once.
/// </remarks>
public abstract class ConsoleInputCmdlet : SerialCmdlet
{
    /// <summary>The default set: a text for a piped machine.</summary>
    protected const string Piped = "Pipeline";

    private readonly List<string[]> _bound = []; // one entry for each time the binder set the text

    /// <summary>Names of machines, or wildcard patterns.</summary>
    [Parameter(ParameterSetName = ByName, Mandatory = true, Position = 0, ValueFromPipeline = true, ValueFromPipelineByPropertyName = true)]
    [Alias("Name")]
    [MachineNameTransformation("VMName", "Name", IsDefault = false)]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MachineNameCompleter))]
    public override string[]? VMName { get => base.VMName; set => base.VMName = value; }

    /// <summary>The texts.</summary>
    private protected string[] Text
    {
        get => [.. _bound.SelectMany(static texts => texts)];
        set => _bound.Add(value);
    }

    /// <summary>Whether the cmdlet has something to do without a text.</summary>
    private protected virtual bool IsTextOptional => false;

    /// <summary>Takes the name off the texts when no machine comes from the pipeline.</summary>
    protected sealed override void BeginProcessing()
    {
        if (ParameterSetName != Piped || MyInvocation.ExpectingInput) return;
        if (_bound.Count == 0 || (_bound.Count == 1 && !IsTextOptional))
        {
            string verb = MyInvocation.InvocationName;
            Terminate(
                new KvmErrorException(KvmErrorId.VMNotFound, ErrorCategory.InvalidArgument, "No machine was given.", $"Name it, or pipe it in: {verb} <name> <text>, or <machine> | {verb} <text>."),
                target: null);
        }

        VMName = _bound[0];
        _bound.RemoveAt(0);
    }
}
