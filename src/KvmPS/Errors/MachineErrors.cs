using System.Management.Automation;
using KvmPS.Core.Machine;
using KvmPS.Core.Serial;

namespace KvmPS;

/// <summary>The errors about machines that more than one cmdlet reports.</summary>
internal static class MachineErrors
{
    private const int ConsoleTailLines = 20;

    public static KvmErrorException NotFound(string name) => new(
        KvmErrorId.VMNotFound, ErrorCategory.ObjectNotFound, $"There is no machine named '{name}'.", "List the machines of this process with Get-KvmVM.");

    /// <summary>A deserialized machine that lives where it came from.</summary>
    public static KvmErrorException Elsewhere(string name, string computer) => new(
        KvmErrorId.VMNotFound,
        ErrorCategory.ObjectNotFound,
        $"Machine '{name}' lives in another process, on '{computer}'. What came from there is a copy of what it was.",
        "Work with it where it lives, through the same session: Invoke-Command -Session $session { … }.");

    public static KvmErrorException AlreadyExists(string name) => new(
        KvmErrorId.VMAlreadyExists, ErrorCategory.ResourceExists, $"There is a machine named '{name}' already.", $"Choose another -Name, or remove it: Remove-KvmVM '{name}'.");

    public static KvmErrorException NeverStarted(KvmVM vm) => new(
        KvmErrorId.VMNeverStarted, ErrorCategory.InvalidOperation, $"Machine '{vm.Name}' has never been started: it has no console yet.", $"Start-KvmVM '{vm.Name}'");

    public static KvmErrorException NotRunning(KvmVM vm) => new(
        KvmErrorId.VMInvalidState, ErrorCategory.InvalidOperation, $"Machine '{vm.Name}' is {vm.State}: nobody reads its console.", $"Start-KvmVM '{vm.Name}'");

    public static KvmErrorException NoSerialPort(KvmVM vm, string name, IReadOnlyList<string> ports) => new(
        KvmErrorId.SerialPortNotFound,
        ErrorCategory.ObjectNotFound,
        $"Machine '{vm.Name}' has no port '{name}': it was started with {string.Join(", ", ports)}.",
        "Name one of these, or make the machine with others: -SerialPortCount, -Console hvc0 and -ConsolePort.");

    public static KvmErrorException NoTerminal(string why, Exception? inner = null) => new(
        KvmErrorId.NoTerminal, ErrorCategory.ResourceUnavailable, $"A console can be entered from an interactive terminal only. {why}", "Use Read-KvmSerial -Wait and Write-KvmSerial instead.", inner);

    /// <summary>The machine ended between the look at its state and the write.</summary>
    public static KvmErrorException EndedBeforeInput(KvmVM vm) => new(
        KvmErrorId.VMInvalidState, ErrorCategory.InvalidOperation, $"Machine '{vm.Name}' has just ended: nobody reads its console.", $"Start-KvmVM '{vm.Name}'");

    public static KvmErrorException NotOff(KvmVM vm) => new(
        KvmErrorId.VMInvalidState, ErrorCategory.InvalidOperation, $"Machine '{vm.Name}' is {vm.State}: it can be changed only while it is off.",
        $"Stop it first: Stop-KvmVM '{vm.Name}' -TurnOff; the change counts from the next start on.");

    /// <summary>The guest was asked to shut down and goes on.</summary>
    public static KvmErrorException StopTimeout(KvmVM vm, TimeSpan timeout, string advice) => new(
        KvmErrorId.StopTimeout,
        ErrorCategory.OperationTimeout,
        $"The guest of machine '{vm.Name}' was asked to shut down and has not done so within {timeout.TotalSeconds:0.###} seconds.",
        advice)
    {
        ConsoleTail = ConsoleTail(vm),
    };

    /// <summary>What errors about a running machine carry of its console.</summary>
    public static string[] ConsoleTail(KvmVM vm) => [.. vm.Machine.Spoken?.Log.Tail(ConsoleTailLines) ?? []];

    /// <summary>The machine ended while somebody waited for something else.</summary>
    public static KvmErrorException Ended(KvmVM vm, string waitedFor)
    {
        KvmExit? exit = vm.LastExit;
        string id = exit?.Reason switch
        {
            ExitReason.GuestPanic => KvmErrorId.GuestPanic,
            ExitReason.TripleFault => KvmErrorId.TripleFault,
            ExitReason.EmulationFailure => KvmErrorId.EmulationFailure,
            ExitReason.InternalError => KvmErrorId.InternalError,
            null when vm.PanicMessage is not null => KvmErrorId.GuestPanic,
            _ => KvmErrorId.VMEnded,
        };
        string message = exit is not null ? $"Machine '{vm.Name}' ended: {exit.Message}"
            : vm.PanicMessage is { } panic ? $"Machine '{vm.Name}' is {vm.State} after a panic: {panic}"
            : $"Machine '{vm.Name}' is {vm.State}";
        return new KvmErrorException(
            id, ErrorCategory.InvalidResult, $"{message.TrimEnd('.')} (while waiting for {waitedFor}).", $"Read its console: Read-KvmSerial '{vm.Name}' -Tail 40", exit?.Exception)
        {
            Exit = exit,
            ConsoleTail = ConsoleTail(vm),
        };
    }
}
