using System.Collections.Concurrent;
using KvmPS.Core.Serial;

namespace KvmPS;

/// <summary>How far each runspace has read and matched each serial port of one machine. A new run begins with new cursors.</summary>
internal sealed class ReaderCursors
{
    private readonly ConcurrentDictionary<(Guid Runspace, int Port), Cursors> _cursors = new();

    /// <summary>The cursors of the calling runspace for a port.</summary>
    /// <param name="number">The port's number, from 1 on.</param>
    /// <param name="console">The port of the present or last run.</param>
    public Cursors For(int number, SerialPort console) =>
        _cursors.AddOrUpdate(
            (Runspaces.Current.Id, number),
            static (_, port) => new Cursors(port),
            static (_, present, port) => present.Console == port ? present : new Cursors(port),
            console);

    /// <summary>What one runspace remembers of one console.</summary>
    internal sealed class Cursors(SerialPort console)
    {
        /// <summary>The console they belong to.</summary>
        public SerialPort Console { get; } = console;

        /// <summary>The position of <c>Read-KvmSerial -New</c>, in bytes from the first.</summary>
        public long Read { get; set; }

        /// <summary>The position of <c>Wait-KvmSerial</c>: after the last match.</summary>
        public long Matched { get; set; }
    }
}
