using System.Buffers;
using System.Globalization;
using System.Text;
using KvmPS.Core.Serial;
using KvmPS.Native;

namespace KvmPS.Commands;

/// <summary>
/// Connects a terminal with a console, in both directions, until somebody leaves. The guest never waits for the terminal: what it writes
/// goes to the log, from which a session reads with a cursor of its own.
/// </summary>
/// <param name="terminal">The terminal; nobody else uses it meanwhile.</param>
/// <param name="console">The console.</param>
/// <param name="leaveKey">The byte that leaves. It does not reach the guest.</param>
internal sealed class ConsoleSession(RawTerminal terminal, SerialPort console, byte leaveKey)
{
    private const int BlockBytes = 16 << 10;
    private const int MostKeys = 4096;

    private readonly byte[] _block = new byte[BlockBytes];

    /// <summary>Shows what is kept from a position on, then what comes, and sends what is typed.</summary>
    /// <param name="start">An absolute offset of the log.</param>
    /// <param name="cancellation">Ends the session.</param>
    /// <returns>True when the machine ended first; false when the user left, or the terminal is gone.</returns>
    /// <exception cref="OperationCanceledException">The session was cancelled.</exception>
    public bool Run(long start, CancellationToken cancellation)
    {
        using var leave = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        using CancellationTokenRegistration wake = leave.Token.UnsafeRegister(static terminal => ((RawTerminal)terminal!).Interrupt(), terminal);
        Task typing = Task.Factory.StartNew(() => Type(leave), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        try
        {
            return Show(start, leave.Token);
        }
        catch (OperationCanceledException) when (!cancellation.IsCancellationRequested)
        {
            return false;
        }
        finally
        {
            leave.Cancel();
            typing.GetAwaiter().GetResult();
        }
    }

    /// <summary>Sends keys until one of them leaves, on a thread of its own.</summary>
    private void Type(CancellationTokenSource leave)
    {
        byte[] keys = new byte[MostKeys];
        try
        {
            while (terminal.Read(keys) is > 0 and int count)
            {
                int left = keys.AsSpan(0, count).IndexOf(leaveKey);
                console.WriteInput(keys.AsSpan(0, left < 0 ? count : left));
                if (left >= 0) return;
            }
        }
        finally
        {
            leave.Cancel();
        }
    }

    private bool Show(long start, CancellationToken leave)
    {
        long live = console.Log.TotalBytes;
        var cursor = new SerialCursor(console.Log, start);
        var filter = new ScrollbackFilter();
        var passed = new ArrayBufferWriter<byte>(BlockBytes);
        do
        {
            while (Read(cursor, leave) is > 0 and int count)
            {
                int old = (int)Math.Clamp(live - (cursor.Position - count), 0, count);
                int filtered = filter.Filter(_block.AsSpan(0, old), passed);
                filtered += filter.Filter(_block.AsSpan(old, count - old), passed, onlyWhileOpen: true);
                Write(passed.WrittenSpan, leave);
                Write(_block.AsSpan(filtered, count - filtered), leave);
                passed.ResetWrittenCount();
            }
        }
        while (cursor.WaitForMore(Timeout.InfiniteTimeSpan, leave));

        return true;
    }

    /// <summary>Reads the next bytes, and says so on the screen when some before them are no longer kept.</summary>
    private int Read(SerialCursor cursor, CancellationToken leave)
    {
        leave.ThrowIfCancellationRequested();
        long dropped = cursor.DroppedBytes;
        int count = cursor.Read(_block);
        if (cursor.DroppedBytes > dropped)
            Write(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"\r\n[… {cursor.DroppedBytes - dropped} bytes dropped …]\r\n")), leave);
        return count;
    }

    private void Write(ReadOnlySpan<byte> bytes, CancellationToken leave)
    {
        if (!bytes.IsEmpty && !terminal.Write(bytes)) leave.ThrowIfCancellationRequested();
    }
}
