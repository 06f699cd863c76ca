using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using KvmPS.Native.Interop;

namespace KvmPS.Native;

/// <summary>
/// The terminal of this process in raw mode: every key is a byte or a few, Ctrl+C among them, and every byte written reaches the screen as it
/// is. <see cref="Dispose"/> puts the settings back as they were, and so do the end of the process and the signals that ask for it: the runtime
/// raises no event for those. One thread may read while another writes.
/// </summary>
/// <remarks>
/// .NET keeps settings of its own, and puts them back after SIGCONT and when a child process that shared the terminal ends, without being asked.
/// There is no event for that, so a reader looks now and then whether raw mode is still on. Afterwards the same serves us: SIGCONT makes .NET
/// forget where it believed the cursor to be, and switch the keypad to the mode in which it understands the arrow keys.
/// </remarks>
public sealed class RawTerminal : IDisposable
{
    private const int LookMilliseconds = 200;
    private const int ForEver = -1;

    /// <summary>They end a process that nobody has taught better. Their handlers run on threads, as any code may.</summary>
    private static readonly PosixSignal[] EndingSignals = [PosixSignal.SIGTERM, PosixSignal.SIGHUP];

    private static int _inUse;

    private readonly Lock _gate = new();
    private readonly Lock _resizeGate = new(); // one size after the other, so that the last one told is the newest
    private readonly TerminalFd _terminal;
    private readonly PosixSignalRegistration[] _signals;
    private readonly EventFd _wake = new(); // nobody takes its count: once rung, it ends each wait
    private readonly termios _before;
    private readonly termios _raw;
    private volatile bool _interrupted;
    private bool _restored;

    private RawTerminal(TerminalFd terminal)
    {
        _terminal = terminal;
        if (!terminal.TryGetSettings(out _before)) throw new NoTerminalException("The terminal is gone.");
        _raw = _before;
        Libc.cfmakeraw(ref _raw);
        AppDomain.CurrentDomain.ProcessExit += RestoreAtExit;
        _signals = [.. EndingSignals.Select(signal => PosixSignalRegistration.Create(signal, _ => RestoreNow()))];
        terminal.TrySetSettings(in _raw);
        terminal.TryGetSettings(out _raw); // as the terminal has them: it need not know every bit
    }

    /// <summary>The size of the window, as of now.</summary>
    public TerminalSize Size => _terminal.GetSize();

    /// <summary>Has somebody told of each new size of the window, until what is returned is disposed.</summary>
    /// <param name="resized">Called on a pool's thread; maybe once more when that has just happened. Throws nothing.</param>
    [SuppressMessage("Interoperability", "CA1416:Validate platform compatibility", Justification = "Nothing here runs where there is no KVM.")]
    public IDisposable WatchSize(Action<TerminalSize> resized) => PosixSignalRegistration.Create(PosixSignal.SIGWINCH, _ => TellSize(resized));

    /// <summary>Takes the terminal and switches it to raw mode.</summary>
    /// <exception cref="NoTerminalException">Standard input or output is no terminal, there is no controlling one, or it is taken.</exception>
    public static RawTerminal Open()
    {
        if (Libc.isatty(Libc.STDIN_FILENO) == 0) throw new NoTerminalException("Standard input is not a terminal.");
        if (Libc.isatty(Libc.STDOUT_FILENO) == 0) throw new NoTerminalException("Standard output is not a terminal.");
        if (Interlocked.Exchange(ref _inUse, 1) != 0) throw new NoTerminalException("Somebody in this process uses the terminal already.");
        TerminalFd? terminal = null;
        try
        {
            terminal = TerminalFd.Open();
            return new RawTerminal(terminal);
        }
        catch
        {
            terminal?.Dispose();
            Volatile.Write(ref _inUse, 0);
            throw;
        }
    }

    /// <summary>Waits for keys.</summary>
    /// <param name="destination">Receives their bytes.</param>
    /// <returns>How many bytes; 0 after <see cref="Interrupt"/>, or when the terminal is gone.</returns>
    public int Read(Span<byte> destination)
    {
        while (!_interrupted)
        {
            KeepRaw();
            if (_terminal.Wait(Libc.POLLIN, _wake, LookMilliseconds) && _terminal.Read(destination) is { } count) return count;
        }

        return 0;
    }

    /// <summary>Writes bytes as they are, as fast as the terminal takes them.</summary>
    /// <returns>False when not all could be written: after <see cref="Interrupt"/>, which ends all waiting, or when the terminal is gone.</returns>
    public bool Write(ReadOnlySpan<byte> bytes)
    {
        while (true)
        {
            if (_terminal.Write(bytes) is not { } count) return false;
            bytes = bytes[count..];
            if (bytes.IsEmpty) return true;
            if (_interrupted) return false;
            _terminal.Wait(Libc.POLLOUT, _wake, ForEver);
        }
    }

    /// <summary>Ends the reads and writes that wait, and lets none wait again. From any thread.</summary>
    public void Interrupt()
    {
        _interrupted = true;
        _wake.Signal();
    }

    /// <summary>Puts the terminal back as it was. Not while another thread reads or writes.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            if (_terminal.IsClosed) return;
            Restore();
            _ = Libc.kill(Libc.getpid(), Libc.SIGCONT); // to a process that runs, it does no more than .NET's handler does
            AppDomain.CurrentDomain.ProcessExit -= RestoreAtExit;
            _terminal.Dispose();
            _wake.Dispose();
        }

        foreach (PosixSignalRegistration signal in _signals) signal.Dispose();
        Volatile.Write(ref _inUse, 0);
    }

    private void TellSize(Action<TerminalSize> resized)
    {
        lock (_resizeGate)
        {
            TerminalSize size;
            lock (_gate)
            {
                if (_terminal.IsClosed) return;
                size = Size;
            }

            resized(size);
        }
    }

    private void RestoreAtExit(object? sender, EventArgs e) => RestoreNow();

    private void RestoreNow()
    {
        lock (_gate) Restore();
    }

    private void Restore()
    {
        if (_restored) return;
        _restored = true;
        if (_terminal.IsInForeground()) _terminal.TrySetSettings(in _before);
    }

    private void KeepRaw()
    {
        lock (_gate)
        {
            if (_restored || !_terminal.IsInForeground()) return;
            if (_terminal.TryGetSettings(out termios now) && !AreSame(in now, in _raw)) _terminal.TrySetSettings(in _raw);
        }
    }

    /// <summary>All fields alike; the padding is zero on both sides, since libc writes field by field.</summary>
    private static bool AreSame(in termios one, in termios other) =>
        MemoryMarshal.AsBytes(new ReadOnlySpan<termios>(in one)).SequenceEqual(MemoryMarshal.AsBytes(new ReadOnlySpan<termios>(in other)));
}
