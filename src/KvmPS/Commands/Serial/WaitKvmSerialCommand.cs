using System.Diagnostics;
using System.Management.Automation;
using System.Text.RegularExpressions;
using KvmPS.Core.Machine;
using KvmPS.Core.Serial;

namespace KvmPS.Commands;

/// <summary>Waits until a guest has written something that matches. Ends at once on Ctrl+C, on a failure pattern, and on the machine's end.</summary>
[Cmdlet(VerbsLifecycle.Wait, "KvmSerial", DefaultParameterSetName = Piped)]
[OutputType(typeof(KvmSerialMatch))]
public sealed class WaitKvmSerialCommand : ConsoleInputCmdlet
{
    /// <summary>Regular expressions; the first to match ends the wait.</summary>
    [Parameter(ParameterSetName = Piped, Mandatory = true, Position = 0)]
    [Parameter(ParameterSetName = ByName, Mandatory = true, Position = 1)]
    [Parameter(ParameterSetName = ByObject, Mandatory = true, Position = 1)]
    [ValidateNotNullOrEmpty]
    public string[] Pattern
    {
        get => Text;
        set => Text = value;
    }

    /// <summary>Regular expressions that mean failure.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string[] FailurePattern { get; set; } = [];

    /// <summary>How long, in seconds or as a TimeSpan; -1 for ever.</summary>
    [Parameter]
    [TimeoutTransformation]
    [ArgumentCompleter(typeof(TimeoutCompleter))]
    public TimeSpan Timeout { get; set; } = Waits.DefaultTimeout;

    internal override void Process(KvmVM vm)
    {
        long start = Stopwatch.GetTimestamp();
        string wanted = string.Join("' or '", Pattern);
        SerialPort console = vm.SerialPort(Port);
        ReaderCursors.Cursors cursors = vm.Readers.For(console);
        SerialMatcher matcher = CreateMatcher(console.Log, cursors.Matched);

        SerialMatch? match = null;
        using (var progress = new WaitProgress(this, vm, $"Waiting for '{wanted}' from '{vm.Name}'", Timeout))
            progress.While(rest => (match = Match(matcher, rest)) is not null || matcher.IsAtEnd || vm.IsHeldByPanic);

        if (match is null) throw NotFound(vm, console.Log, matcher.IsAtEnd, wanted);
        cursors.Matched = matcher.Position;
        if (match.IsFailure)
        {
            throw new KvmErrorException(
                KvmErrorId.SerialFailurePattern,
                ErrorCategory.InvalidResult,
                $"Machine '{vm.Name}' wrote '{match.Value}', which matches the failure pattern '{match.Pattern}'.",
                $"Read what led to it: Read-KvmSerial '{vm.Name}' -Tail 40")
            {
                ConsoleTail = MachineErrors.ConsoleTail(vm),
            };
        }

        WriteObject(new KvmSerialMatch(vm.Name, match, Stopwatch.GetElapsedTime(start)));
    }

    private SerialMatcher CreateMatcher(SerialLog log, long position)
    {
        try
        {
            return new SerialMatcher(log, Pattern, FailurePattern, position);
        }
        catch (ArgumentException invalid)
        {
            throw new KvmErrorException(
                KvmErrorId.InvalidPattern, ErrorCategory.InvalidArgument, invalid.Message, "Give .NET regular expressions; escape literal text with [regex]::Escape().", invalid);
        }
    }

    private SerialMatch? Match(SerialMatcher matcher, TimeSpan rest)
    {
        try
        {
            return matcher.Wait(rest, Cancellation);
        }
        catch (RegexMatchTimeoutException slow)
        {
            throw new KvmErrorException(
                KvmErrorId.PatternTimeout, ErrorCategory.LimitsExceeded, $"The pattern '{slow.Pattern}' takes too long to match.", "Avoid nested repetition such as (a+)+.", slow);
        }
    }

    private KvmErrorException NotFound(KvmVM vm, SerialLog log, bool ended, string wanted)
    {
        if (vm.IsHeldByPanic) return MachineErrors.Ended(vm, $"'{wanted}'");
        if (ended)
        {
            // The log is complete a moment before the machine is seen to be off.
            vm.Machine.WaitFor(static state => state is MachineState.Off or MachineState.Failed, Waits.DefaultTimeout, Cancellation);
            return MachineErrors.Ended(vm, $"'{wanted}'");
        }

        string tail = string.Join('\n', log.Tail(5));
        return new KvmErrorException(
            KvmErrorId.SerialTimeout,
            ErrorCategory.OperationTimeout,
            $"Machine '{vm.Name}' wrote nothing that matches '{wanted}' within {Timeout.TotalSeconds:0.###} seconds. Its last lines:\n{tail}",
            $"Read its console: Read-KvmSerial '{vm.Name}' -Tail 40. It keeps running; wait longer with -Timeout.")
        {
            ConsoleTail = MachineErrors.ConsoleTail(vm),
        };
    }
}
