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
        if (AsByteStream) WriteBytes(console.Log, cursor);
        else if (Raw) WriteText(console.Log, cursor);
        else WriteLines(console.Log, cursor);
        if (New) cursors.Read = cursor.Position;
        if (console.FileError is { } error) WriteWarning($"The log file of machine '{vm.Name}' is incomplete: {error.Message}");
    }

    private void WriteLines(SerialLog log, SerialCursor cursor)
    {
        bool ended;
        do
        {
            ended = !Wait || log.IsCompleted; // before the read, so that what came just before the end is read
            while (cursor.TryReadLine(out SerialLine? line, evenIncomplete: ended)) WriteObject(line.Text);
            if (!ended) cursor.WaitForMore(Timeout.InfiniteTimeSpan, Cancellation);
        }
        while (!ended);
    }

    private void WriteText(SerialLog log, SerialCursor cursor)
    {
        do
        {
            long from = cursor.Position;
            string text = log.GetText(from, long.MaxValue);
            byte[] skip = new byte[BlockBytes];
            while (cursor.Read(skip) > 0) { }
            if (text.Length > 0) WriteObject(text);
        }
        while (Wait && cursor.WaitForMore(Timeout.InfiniteTimeSpan, Cancellation));
    }

    private void WriteBytes(SerialLog log, SerialCursor cursor)
    {
        byte[] block = new byte[BlockBytes];
        do
        {
            for (int count; (count = cursor.Read(block)) > 0;)
                for (int i = 0; i < count; i++) WriteObject(block[i]);
        }
        while (Wait && cursor.WaitForMore(Timeout.InfiniteTimeSpan, Cancellation));
    }
}
