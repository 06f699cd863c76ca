using KvmPS.Core.Serial;

namespace KvmPS;

/// <summary>A line of a console, with when it came and where it stands.</summary>
public sealed class KvmSerialLine
{
    internal KvmSerialLine(string vmName, SerialLine line)
    {
        VMName = vmName;
        Time = line.Time;
        Text = line.Text;
        Position = line.Position;
    }

    /// <summary>The machine's name.</summary>
    public string VMName { get; }

    /// <summary>When the line began, from the start of the run.</summary>
    public TimeSpan Time { get; }

    /// <summary>The line without its end.</summary>
    public string Text { get; }

    /// <summary>Where the line begins, in bytes from the first of the run.</summary>
    public long Position { get; }

    /// <summary>The text.</summary>
    public override string ToString() => Text;
}
