using System.Runtime.InteropServices;

namespace KvmPS.Shell.Engine;

/// <summary>
/// Ctrl+C, SIGTERM and SIGHUP. The first one stops the running pipeline, so that cmdlets and the module clean up. A second Ctrl+C, or a pipeline that has
/// not stopped some seconds after SIGTERM, ends the process as it is: the kernel then frees the machines. At a prompt Ctrl+C stops the pipeline and nothing else.
/// </summary>
internal sealed class Interruption : IDisposable
{
    /// <summary>The number of SIGINT.</summary>
    public const int Interrupted = 2;

    private static readonly TimeSpan Grace = TimeSpan.FromSeconds(10);

    private readonly Lock _gate = new();
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Timer _deadline;
    private CancellationTokenSource _stop = new();
    private int _signal;
    private bool _atPrompt;

    /// <summary>Starts to catch the signals.</summary>
    public Interruption()
    {
        _deadline = new Timer(_ => Environment.Exit(ExitCode.FromSignal(_signal)));
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, context => Receive(context, number: Interrupted)),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, context => Receive(context, number: 15)),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, context => Receive(context, number: 1)),
        ];
    }

    /// <summary>Is cancelled by the first signal; at a prompt, the one since the last <see cref="Renew"/>.</summary>
    public CancellationToken Token
    {
        get
        {
            lock (_gate) return _stop.Token;
        }
    }

    /// <summary>The exit code that tells which signal came first, or null if none did.</summary>
    public int? ExitCodeOfSignal => Volatile.Read(ref _signal) is > 0 and int signal ? ExitCode.FromSignal(signal) : null;

    /// <summary>From now on Ctrl+C does not end the process.</summary>
    /// <returns>A new token, unless another signal came.</returns>
    public CancellationToken Renew()
    {
        lock (_gate)
        {
            _atPrompt = true;
            if (_signal == 0 && _stop.IsCancellationRequested) _stop = new CancellationTokenSource();
            return _stop.Token;
        }
    }

    /// <summary>Stops the running pipeline, as Ctrl+C does.</summary>
    public void Interrupt()
    {
        CancellationTokenSource stop;
        lock (_gate) stop = _stop;
        stop.Cancel();
    }

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
        if (number == Interrupted && Volatile.Read(ref _atPrompt))
        {
            Interrupt();
            return;
        }

        bool first = Interlocked.CompareExchange(ref _signal, number, comparand: 0) == 0;
        if (!first && number == Interrupted) Environment.Exit(ExitCode.FromSignal(number));
        if (number != Interrupted) _deadline.Change(Grace, Timeout.InfiniteTimeSpan);
        if (first) Interrupt();
    }
}
