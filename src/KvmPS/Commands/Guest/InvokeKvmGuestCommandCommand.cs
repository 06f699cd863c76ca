using System.Management.Automation;
using KvmPS.Core.Guest;

namespace KvmPS.Commands;

/// <summary>Runs commands in a guest, through a shell on its console: nothing has to be installed there.</summary>
/// <remarks>
/// A name and a command are both strings, and a piped object may be the machine or the command's input, which the binder cannot tell apart. So, as in
/// <see cref="ConsoleInputCmdlet"/>, the default set has the command at position 0; a second argument binds to it too, from the other sets, and then the
/// first was a name. What is piped binds to the input in every set, and is the machine when it is one and no other was given.
/// </remarks>
[Cmdlet(VerbsLifecycle.Invoke, "KvmGuestCommand", SupportsShouldProcess = true, ConfirmImpact = ConfirmImpact.Low, DefaultParameterSetName = Piped)]
[OutputType(typeof(KvmGuestResult), typeof(Job))]
public sealed class InvokeKvmGuestCommandCommand : GuestCmdlet
{
    private const string Piped = "Pipeline";

    private readonly List<string[]> _bound = []; // one entry for each time the binder set the command
    private readonly GuestInput _input = new();
    private bool _hasMachine;

    /// <summary>Names of machines, or wildcard patterns.</summary>
    [Parameter(ParameterSetName = ByName, Mandatory = true, Position = 0)]
    [Alias("Name")]
    [SupportsWildcards]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(MachineNameCompleter))]
    public string[]? VMName { get; set; }

    /// <summary>Machines.</summary>
    [Parameter(ParameterSetName = ByObject, Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [MachineTransformation]
    [ValidateNotNullOrEmpty]
    public KvmVM[]? VM { get; set; }

    /// <summary>Commands for the guest's shell, each with a result of its own.</summary>
    [Parameter(ParameterSetName = Piped, Mandatory = true, Position = 0)]
    [Parameter(ParameterSetName = ByName, Mandatory = true, Position = 1)]
    [Parameter(ParameterSetName = ByObject, Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string[] Command
    {
        get => [.. _bound.SelectMany(static commands => commands)];
        set => _bound.Add(value);
    }

    /// <summary>What the commands read from their standard input: bytes as they are, anything else as lines of text.</summary>
    [Parameter(ValueFromPipeline = true)]
    [AllowNull]
    [AllowEmptyString]
    [AllowEmptyCollection]
    public object? InputObject { get; set; }

    /// <summary>How many bytes of output are taken at most.</summary>
    [Parameter]
    [ValidateRange(1L, int.MaxValue)]
    [ArgumentCompleter(typeof(OutputLimitCompleter))]
    public long MaximumOutputBytes { get; set; } = GuestCommand.DefaultMaximumOutputBytes;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        if (ParameterSetName == Piped && _bound.Count > 1)
        {
            VMName = _bound[0];
            _bound.RemoveAt(0);
        }

        _hasMachine = VMName is not null || VM is not null;
        if (_hasMachine || MyInvocation.ExpectingInput) return;
        string verb = MyInvocation.InvocationName;
        Terminate(
            new KvmErrorException(KvmErrorId.VMNotFound, ErrorCategory.InvalidArgument, "No machine was given.", $"Name it, or pipe it in: {verb} <name> <command>, or <machine> | {verb} <command>."),
            target: null);
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (_hasMachine)
        {
            if (MyInvocation.BoundParameters.ContainsKey(nameof(InputObject))) _input.Add(InputObject);
            return;
        }

        KvmVM[] machines = VM ?? GuestInput.Machines(InputObject);
        if (machines.Length == 0)
        {
            var error = new KvmErrorException(
                KvmErrorId.VMNotFound, ErrorCategory.InvalidArgument, "What is piped in is the command's input, and no machine was given.", "Name the machine before the command: <input> | Invoke-KvmGuestCommand <name> <command>");
            WriteError(error.ToErrorRecord(InputObject));
        }

        MachineResolver.ForEach(machines, names: null, ForItem, vm => Run(vm, input: null));
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (!_hasMachine) return;
        byte[]? input = _input.ToBytes();
        MachineResolver.ForEach(VM, VMName, ForItem, vm => Run(vm, input));
    }

    private void Run(KvmVM vm, byte[]? input)
    {
        string[] commands = [.. Command.Where(command => ShouldProcess(Where(vm), $"Run '{command}'"))];
        if (commands.Length == 0) return;
        Perform(AsJob, vm, (output, cancellation) =>
        {
            foreach (string command in commands) output.WriteObject(Run(vm, command, input, output, cancellation));
        });
    }

    private KvmGuestResult Run(KvmVM vm, string command, byte[]? input, ICmdletOutput output, CancellationToken cancellation)
    {
        GuestAnswer answer = Converse(vm, command, output, cancellation, (shell, login, patience) =>
            shell.Run(new GuestCommand(command) { Input = input, MaximumOutputBytes = MaximumOutputBytes }, login, patience));
        output.WriteVerbose($"'{command}' ended with {answer.ExitCode} after {answer.Duration.TotalSeconds:F3} s, and wrote {answer.Output.Length} bytes.");
        return new KvmGuestResult(vm.Name, command, answer);
    }
}
