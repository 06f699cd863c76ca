using KvmPS.Core.Serial;

namespace KvmPS.Commands;

/// <summary>The files of <c>-SerialLogPath</c>, which are written a moment behind the machine: cmdlets that tell of its end wait for them.</summary>
internal static class LogFiles
{
    /// <summary>Waits until the log file of a machine that ended is complete, or a few seconds; warns when it is not so then.</summary>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    public static void Finish(ICmdletOutput output, KvmVM vm, CancellationToken cancellation)
    {
        if (vm.Machine.Serial is not { } console || console.FileCompleted.Wait(SerialPort.FilePatience, cancellation)) return;
        output.WriteWarning($"The log file of machine '{vm.Name}' is not complete yet: its disk is slow.");
    }

    /// <summary>Warns when bytes are missing in the log file.</summary>
    public static void WarnOfError(ICmdletOutput output, KvmVM vm, SerialPort console)
    {
        if (console.FileError is { } error) output.WriteWarning($"The log file of machine '{vm.Name}' is incomplete: {error.Message}");
    }
}
