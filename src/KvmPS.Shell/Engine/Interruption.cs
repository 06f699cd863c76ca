using System.Runtime.InteropServices;

namespace KvmPS.Shell.Engine;

/// <summary>
/// Ctrl+C, SIGTERM and SIGHUP. The first one stops the running pipeline, so that cmdlets and the module clean up. A second Ctrl+C, or a pipeline that has
/// not stopped some seconds after SIGTERM, ends the process as it is: the kernel then frees the machines.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly CancellationTokenSource _stop = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Timer _deadline;
    private int _signal;

    /// <summary>Starts to catch the signals.</summary>
    public Interruption()
    {
        _deadline = new Timer(_ => Environment.Exit(ExitCode.FromSignal(_signal)));
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Receive(context, number: 2)),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Receive(context, number: 15)),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => Receive(context, number: 1)),
        ];
    }

    /// <summary>Is cancelled by the first signal.</summary>
    public CancellationToken Token => _stop.Token;

    /// <summary>The exit code that tells which signal came first, or null if none did.</summary>
    public int? ExitCodeOfSignal => Volatile.Read(ref _signal) is > 0 and int signal ? ExitCode.FromSignal(signal) : null;

    /// <inheritdoc/>
    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations) registration.Dispose();
        _deadline.Dispose();
        _stop.Dispose();
    }

    private void Receive(PosixSignalContext context, int number)
    {
        context.Cancel = true;
        bool first = Interlocked.CompareExchange(ref _signal, number, comparand: 0) == 0;
        if (!first && number == 2) Environment.Exit(ExitCode.FromSignal(number));
        if (number != 2) _deadline.Change(Grace, Timeout.InfiniteTimeSpan);
        if (first) _stop.Cancel();
    }
}
