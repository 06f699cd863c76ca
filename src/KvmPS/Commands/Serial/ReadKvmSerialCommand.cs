using System.Management.Automation;
using KvmPS.Core.Serial;

namespace KvmPS.Commands;

/// <summary>Reads what a guest has written to its console, or to another serial port.</summary>
[Cmdlet(VerbsCommunications.Read, "KvmSerial", DefaultParameterSetName = ByName)]
[OutputType(typeof(string), typeof(KvmSerialLine), typeof(byte))]
public sealed class ReadKvmSerialCommand : SerialCmdlet
{
    private const int BlockBytes = 16 << 10;

    private ReaderCursors.Cursors? _remembered;

    /// <summary>One string with all line ends as the guest wrote them, instead of lines.</summary>
    [Parameter]
    public SwitchParameter Raw { get; set; }

    /// <summary>Only the last lines.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
    [ArgumentCompleter(typeof(CountCompleter))]
    public int Tail { get; set; } = -1;

    /// <summary>Only what is new since this runspace's last <c>-New</c>.</summary>
    [Parameter]
    public SwitchParameter New { get; set; }

    /// <summary>Goes on until the machine ends or the pipeline is stopped.</summary>
    [Parameter]
    [Alias("Follow")]
    public SwitchParameter Wait { get; set; }

    /// <summary>Bytes instead of text.</summary>
    [Parameter]
    public SwitchParameter AsByteStream { get; set; }

    /// <summary>Lines with their times and positions instead of strings.</summary>
    [Parameter]
    public SwitchParameter AsObject { get; set; }

    internal override void Process(KvmVM vm)
    {
        SerialPort console = vm.SerialPort(Port);
        _remembered = New ? vm.Readers.For(console) : null;
        long start = _remembered?.Read ?? 0;
        if (Tail >= 0) start = Math.Max(start, console.Log.FindTail(Tail));

        if (_remembered is not null) _remembered.Read = start;
        if (AsByteStream) WriteBytes(new SerialCursor(console.Log, start));
        else if (Raw) WriteText(console.Log, start);
        else WriteLines(vm, console.Log, new SerialCursor(console.Log, start));

        if (console.Log.IsCompleted) LogFiles.Finish(this, vm, Cancellation);
        LogFiles.WarnOfError(this, vm, console);
    }

    /// <summary>
    /// Writes an object, and remembers that what it holds was read: even when downstream wants no more after it, but not when Ctrl+C came before it.
    /// </summary>
    /// <param name="item">The object.</param>
    /// <param name="end">The position behind it.</param>
    private void Deliver(object item, long end)
    {
        bool delivered = true;
        try
        {
            WriteObject(item);
        }
        catch (PipelineStoppedException)
        {
            delivered = false;
            throw;
        }
        finally
        {
            if (delivered && _remembered is not null) _remembered.Read = end;
        }
    }

    private void WriteLines(KvmVM vm, SerialLog log, SerialCursor cursor)
    {
        bool ended;
        do
        {
            ended = !Wait || log.IsCompleted; // before the read, so that what came just before the end is read
            while (cursor.TryReadLine(out SerialLine? line, evenIncomplete: ended))
                Deliver(AsObject ? new KvmSerialLine(vm.Name, line) : line.Text, cursor.Position);
            if (!ended) cursor.WaitForMore(Timeout.InfiniteTimeSpan, Cancellation);
        }
        while (!ended);
    }

    /// <summary>Writes text up to whole characters.</summary>
    private void WriteText(SerialLog log, long position)
    {
        bool ended;
        do
        {
            bool completed = log.IsCompleted; // before the read, so that what came just before the end is read
            ended = completed || !Wait;
            long seen = log.TotalBytes; // once, so that what comes meanwhile is neither skipped nor written twice
            long end = !completed && (Wait || New) ? EndOfWholeCharacters(log, position, seen) : seen;
            if (end > position) Deliver(log.GetText(position, end), end);
            position = Math.Max(position, end);
            if (!ended) log.WaitForMore(seen, Timeout.InfiniteTimeSpan, Cancellation);
        }
        while (!ended);
    }

    /// <summary>The end without a last character whose bytes have not all come. GUEST-CONTROLLED: bytes that are no UTF-8 are not waited for.</summary>
    private static long EndOfWholeCharacters(SerialLog log, long start, long end)
    {
        const int longestIncomplete = 3;
        long from = Math.Max(start, end - longestIncomplete);
        byte[] tail = new byte[end - from];
        int count = log.Read(ref from, tail);
        for (int back = 1; back <= count; back++)
        {
            byte value = tail[count - back];
            if ((value & 0xC0) == 0x80) continue; // a continuation: its first byte is further back
            int length = value >= 0xF0 ? 4 : value >= 0xE0 ? 3 : value >= 0xC0 ? 2 : 1;
            return length > back ? end - back : end;
        }

        return end;
    }

    private void WriteBytes(SerialCursor cursor)
    {
        byte[] block = new byte[BlockBytes];
        do
        {
            for (int count; (count = cursor.Read(block)) > 0;)
                for (int i = 0; i < count; i++) Deliver(block[i], cursor.Position - count + i + 1);
        }
        while (Wait && cursor.WaitForMore(Timeout.InfiniteTimeSpan, Cancellation));
    }
}
