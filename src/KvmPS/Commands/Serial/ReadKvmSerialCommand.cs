using System.Management.Automation;
using KvmPS.Core.Serial;

namespace KvmPS.Commands;

/// <summary>Reads what a guest has written to its console.</summary>
[Cmdlet(VerbsCommunications.Read, "KvmSerial", DefaultParameterSetName = ByName)]
[OutputType(typeof(string), typeof(byte))]
public sealed class ReadKvmSerialCommand : DeviceCmdlet
{
    private const int BlockBytes = 16 << 10;

    /// <summary>One string with all line ends as the guest wrote them, instead of lines.</summary>
    [Parameter]
    public SwitchParameter Raw { get; set; }

    /// <summary>Only the last lines.</summary>
    [Parameter]
    [ValidateRange(0, int.MaxValue)]
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

    internal override void Process(KvmVM vm)
    {
        SerialPort console = vm.Console;
        ReaderCursors.Cursors cursors = vm.Readers.For(console);
        long start = New ? cursors.Read : 0;
        if (Tail >= 0) start = Math.Max(start, console.Log.FindTail(Tail));

        var cursor = new SerialCursor(console.Log, start);
        long end = AsByteStream ? WriteBytes(cursor) : Raw ? WriteText(console.Log, start) : WriteLines(console.Log, cursor);
        if (New) cursors.Read = end;
        if (console.FileError is { } error) WriteWarning($"The log file of machine '{vm.Name}' is incomplete: {error.Message}");
    }

    private long WriteLines(SerialLog log, SerialCursor cursor)
    {
        bool ended;
        do
        {
            ended = !Wait || log.IsCompleted; // before the read, so that what came just before the end is read
            while (cursor.TryReadLine(out SerialLine? line, evenIncomplete: ended)) WriteObject(line.Text);
            if (!ended) cursor.WaitForMore(Timeout.InfiniteTimeSpan, Cancellation);
        }
        while (!ended);

        return cursor.Position;
    }

    /// <summary>Writes text up to whole characters, and returns where it stopped.</summary>
    private long WriteText(SerialLog log, long position)
    {
        bool ended;
        do
        {
            bool completed = log.IsCompleted; // before the read, so that what came just before the end is read
            ended = completed || !Wait;
            long seen = log.TotalBytes; // once, so that what comes meanwhile is neither skipped nor written twice
            long end = !completed && (Wait || New) ? EndOfWholeCharacters(log, position, seen) : seen;
            if (end > position) WriteObject(log.GetText(position, end));
            position = Math.Max(position, end);
            if (!ended) log.WaitForMore(seen, Timeout.InfiniteTimeSpan, Cancellation);
        }
        while (!ended);

        return position;
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

    private long WriteBytes(SerialCursor cursor)
    {
        byte[] block = new byte[BlockBytes];
        do
        {
            for (int count; (count = cursor.Read(block)) > 0;)
                for (int i = 0; i < count; i++) WriteObject(block[i]);
        }
        while (Wait && cursor.WaitForMore(Timeout.InfiniteTimeSpan, Cancellation));

        return cursor.Position;
    }
}
