using System.Text;
using KvmPS.Core.Serial;

namespace KvmPS.Core.Guest;

/// <summary>One side of a conversation over a port: types, and reads what comes with a cursor of its own.</summary>
/// <param name="port">The port.</param>
/// <param name="patience">How long to wait.</param>
/// <param name="position">Where to begin to read.</param>
internal sealed class PortTalk(SerialPort port, GuestPatience patience, long position)
{
    private const byte Interrupt = 0x03; // Ctrl+C
    private const string KillLine = "\x15"; // Ctrl+U: what somebody may have begun to type
    private const int BlockBytes = 64 << 10;

    private static readonly TimeSpan Step = TimeSpan.FromMilliseconds(250);

    private readonly SerialCursor _cursor = new(port.Log, position);
    private readonly byte[] _block = new byte[BlockBytes];

    /// <summary>Whether the other end is a terminal, with an editor of lines and keys for signals.</summary>
    public bool IsTerminal => port.Kind != SerialPortKind.Channel;

    /// <summary>Whether the guest takes no more than it has room for.</summary>
    public bool HasFlowControl => port.Kind != SerialPortKind.Uart;

    /// <summary>Where the next byte to read is.</summary>
    public long Position => _cursor.Position;

    /// <summary>Types a line in the place of one that may have been begun.</summary>
    public void TypeLine(string line) => Send(Encoding.ASCII.GetBytes($"{(IsTerminal ? KillLine : "")}{line}\n"));

    /// <summary>Types an answer to a question.</summary>
    public void TypeAnswer(string answer) => Send(Encoding.UTF8.GetBytes(answer + "\n"));

    /// <summary>Types Ctrl+C.</summary>
    public void TypeInterrupt()
    {
        if (IsTerminal) port.WriteInput([Interrupt]);
    }

    /// <summary>Sends bytes as they are.</summary>
    /// <exception cref="GuestConsoleEndedException">The machine ended.</exception>
    public void Send(ReadOnlySpan<byte> bytes)
    {
        if (!port.WriteInput(bytes)) throw new GuestConsoleEndedException();
    }

    /// <summary>
    /// The next bytes; waits for them. What the kernel of a guest says itself between the bytes of its programs, as far as the line tells the two apart, is
    /// not among them.
    /// </summary>
    /// <param name="limit">How long at most.</param>
    /// <param name="withKernel">Whether what the kernel says is wanted too: as a sign of life.</param>
    /// <returns>Nothing when the limit has passed; valid until the next call.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="GuestTimeoutException">The patience is over.</exception>
    /// <exception cref="GuestConsoleEndedException">The machine ended.</exception>
    /// <exception cref="GuestKernelException">The guest's kernel has said that it is broken.</exception>
    /// <exception cref="GuestOutputException">The log dropped bytes before they were read.</exception>
    public ReadOnlySpan<byte> Read(TimeSpan limit, bool withKernel = false)
    {
        Deadline end = patience.Until(limit);
        while (true)
        {
            int count = _cursor.Read(_block, out bool isPolled);
            if (_cursor.DroppedBytes > 0) throw new GuestOutputException("The guest wrote faster than it could be read, and part of its output is lost.");
            if (count > 0 && (withKernel || !isPolled || !port.Log.IsDriven)) return _block.AsSpan(0, count);
            patience.Kernel?.Check(); // not before: what came first is read first
            if (count > 0) continue;
            if (port.Log.IsCompleted && port.Log.TotalBytes == _cursor.Position) throw new GuestConsoleEndedException();
            if (end.HasPassed)
            {
                patience.Check();
                return [];
            }

            TimeSpan left = end.Remaining;
            if (!_cursor.WaitForMore(left < TimeSpan.Zero || left > Step ? Step : left, patience.Cancellation)) patience.Check();
        }
    }

    /// <summary>
    /// The next bytes of those that have come up to a position, without what the kernel says. Waits for nothing and gives up for no reason: nothing when all were read.
    /// </summary>
    public ReadOnlySpan<byte> ReadUpTo(long end)
    {
        while (_cursor.Position < end && _cursor.Read(_block, out bool isPolled) is > 0 and int count)
        {
            if (!isPolled || !port.Log.IsDriven) return _block.AsSpan(0, count);
        }

        return [];
    }
}
