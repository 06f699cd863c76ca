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

    /// <summary>Lines of a Linux kernel that say that it is broken are text as any other.</summary>
    [Parameter]
    public SwitchParameter NoDefaultFailurePattern { get; set; }

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
        SerialMatcher matcher = CreateMatcher(console, cursors.Matched);

        SerialMatch? match = null;
        using (var progress = new WaitProgress(this, vm, $"Waiting for '{wanted}' from '{vm.Name}'", Timeout))
            progress.While(rest => (match = Match(matcher, rest)) is not null || matcher.IsAtEnd || vm.IsHeldByPanic);

        if (match is null) throw NotFound(vm, console.Log, matcher.IsAtEnd, wanted);
        cursors.Matched = matcher.Position;
        if (match.IsFailure) throw Failure(vm, match, wanted, Timeout - Stopwatch.GetElapsedTime(start));
        WriteObject(new KvmSerialMatch(vm.Name, match, Stopwatch.GetElapsedTime(start)));
    }

    private SerialMatcher CreateMatcher(SerialPort console, long position)
    {
        bool isKernels = !NoDefaultFailurePattern && console.Kind != SerialPortKind.Channel; // no kernel writes to a port for programs
        try
        {
            return new SerialMatcher(console.Log, Pattern, FailurePattern, position, kernelFailures: isKernels ? KernelFailure.All : null);
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

    private KvmErrorException Failure(KvmVM vm, SerialMatch match, string wanted, TimeSpan rest)
    {
        bool isPanic = match.KernelFailure == KernelFailure.Panic;
        if (isPanic && HasEndedBy(vm, rest)) return MachineErrors.Ended(vm, $"'{wanted}'; default failure pattern '{match.KernelFailure}'");

        string which = match.KernelFailure is { } kernels ? $"default failure pattern '{kernels}'" : $"failure pattern '{match.Pattern}'";
        string remedy = $"Read what led to it: Read-KvmSerial '{vm.Name}' -Tail 40";
        return new KvmErrorException(
            isPanic ? KvmErrorId.GuestPanic : KvmErrorId.SerialFailurePattern,
            ErrorCategory.InvalidResult,
            $"Machine '{vm.Name}' wrote '{match.Value}', which matches the {which}.",
            match.KernelFailure is null ? remedy : $"{remedy}. To wait on after such a line: -NoDefaultFailurePattern")
        {
            ConsoleTail = MachineErrors.ConsoleTail(vm),
        };
    }

    private bool HasEndedBy(KvmVM vm, TimeSpan rest)
    {
        TimeSpan patience = Timeout < TimeSpan.Zero || rest > Panics.Patience ? Panics.Patience : rest > TimeSpan.Zero ? rest : TimeSpan.Zero;
        return Panics.HasEnded(vm, patience, Cancellation);
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
