using System.Text;
using KvmPS.Core.Devices;

namespace KvmPS.Core.Serial;

/// <summary>
/// Recognizes a Linux panic in the console's text: <c>Kernel panic - not syncing: &lt;message&gt;</c> anywhere in a line, and the
/// <c>---[ end Kernel panic</c> that follows when the kernel has said all it had to say. Allocates nothing for a byte of ordinary text.
/// <para>
/// On a line that does not tell a kernel's words from a program's (<see cref="ISerialSink.PollingChanged"/>) a program can print the same: what is reported
/// is what the console says.
/// </para>
/// </summary>
/// <param name="panicEnded">
/// Called with the message when the end marker comes after a panic; on a vCPU thread and under the serial device's lock, so it only takes a note.
/// </param>
public sealed class PanicScanner(Action<string> panicEnded) : ISerialSink
{
    private const int LongestMessage = 1024; // GUEST-CONTROLLED: longer ones are cut.
    private const byte FirstOfBegin = (byte)'K';
    private const byte FirstOfEnd = (byte)'-';

    private readonly BytePattern _begin = new("Kernel panic - not syncing: "u8);
    private readonly BytePattern _end = new("---[ end Kernel panic"u8);
    private readonly byte[] _text = new byte[LongestMessage];
    private int _length;
    private bool _collecting;
    private volatile string? _message;

    /// <summary>The message of the first panic, complete with its line; null while there was none.</summary>
    public string? Message => _message;

    /// <summary>Forgets the panic: another kernel runs now.</summary>
    public void Reset()
    {
        _begin.Reset();
        _end.Reset();
        _length = 0;
        _collecting = false;
        _message = null;
    }

    /// <inheritdoc/>
    public void Write(byte value)
    {
        if (_collecting) Collect(value);
        else if (_begin.Next(value) && _message is null) _collecting = true;

        if (!_end.Next(value)) return;
        if (_message is { } message) panicEnded(message);
        else _begin.Reset(); // the marker repeats the message: without a panic before it, that text is none either
    }

    /// <inheritdoc/>
    public void Write(ReadOnlySpan<byte> bytes)
    {
        while (!bytes.IsEmpty)
        {
            if (!_collecting && _begin.IsAtStart && _end.IsAtStart)
            {
                // Nothing has begun: what neither pattern begins with is passed over at once.
                int next = bytes.IndexOfAny(FirstOfBegin, FirstOfEnd);
                if (next < 0) return;
                bytes = bytes[next..];
            }

            Write(bytes[0]);
            bytes = bytes[1..];
        }
    }

    private void Collect(byte value)
    {
        if (value != (byte)'\n' && _length < LongestMessage)
        {
            _text[_length++] = value;
            return;
        }

        _message = Encoding.UTF8.GetString(_text, 0, _length).TrimEnd('\r');
        _collecting = false;
    }
}
