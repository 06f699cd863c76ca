using System.Collections.Concurrent;
using KvmPS.Core.Serial;

namespace KvmPS;

/// <summary>How far each runspace has read and matched each port of one machine. A new run begins with new cursors.</summary>
internal sealed class ReaderCursors
{
    private readonly ConcurrentDictionary<(Guid Runspace, string Port), Cursors> _cursors = new();

    /// <summary>For how many readers something is remembered.</summary>
    public int Count => _cursors.Count;

    /// <summary>The cursors of the calling runspace for a port.</summary>
    /// <param name="console">The port of the present or last life.</param>
    public Cursors For(SerialPort console)
    {
        Runspaces.Owner here = Runspaces.Current;
        ForgetClosed(here.Id);
        return _cursors.AddOrUpdate(
            (here.Id, console.Name),
            static (_, now) => new Cursors(now.console, now.here),
            static (_, present, now) => present.Console == now.console ? present : new Cursors(now.console, now.here),
            (console, here));
    }

    /// <summary>Drops the cursors of runspaces that are gone: jobs and parallel loops make one for each item.</summary>
    private void ForgetClosed(Guid here)
    {
        foreach (((Guid runspace, string port) reader, Cursors cursors) in _cursors)
            if (reader.runspace != here && cursors.Owner.IsGone) _cursors.TryRemove(reader, out _);
    }

    /// <summary>What one runspace remembers of one console.</summary>
    internal sealed class Cursors(SerialPort console, Runspaces.Owner owner)
    {
        /// <summary>The console they belong to.</summary>
        public SerialPort Console { get; } = console;

        /// <summary>The runspace that reads.</summary>
        public Runspaces.Owner Owner { get; } = owner;

        /// <summary>The position of <c>Read-KvmSerial -New</c>, in bytes from the first.</summary>
        public long Read { get; set; }

        /// <summary>The position of <c>Wait-KvmSerial</c>: after the last match.</summary>
        public long Matched { get; set; }
    }
}
