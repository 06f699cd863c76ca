using System.Buffers;

namespace KvmPS.Commands;

/// <summary>
/// Takes out of old console output what a terminal would answer: the answers would reach the guest as if they were typed, long after the
/// question. Text, colours and movements of the cursor pass.
/// </summary>
/// <remarks>
/// Taken out are ENQ; reports of status, attributes, modes and the window; and strings to the terminal (titles, palette, clipboard). A
/// sequence is <c>ESC [</c>, parameters and intermediates (0x20-0x3f), and a final byte (0x40-0x7e); a string is <c>ESC ]</c>, <c>P</c>,
/// <c>X</c>, <c>^</c> or <c>_</c>, anything, and BEL or <c>ESC \</c> [ecma-48 §5.4, §5.6]. As in terminals, ESC inside either begins anew,
/// and controls inside a sequence act as if they stood before it.
/// </remarks>
internal sealed class ScrollbackFilter
{
    private const int LongestSequence = 64;
    private const int LongestString = 4096;
    private const byte Enquiry = 0x05;
    private const byte Bell = 0x07;
    private const byte Cancel = 0x18;
    private const byte Substitute = 0x1a;
    private const byte Escape = 0x1b;
    private const byte FirstPrintable = 0x20;
    private const byte FirstFinal = 0x40;
    private const byte Delete = 0x7f;

    private readonly List<byte> _held = [];
    private State _state;
    private int _stringLength;

    private enum State
    {
        Text,
        Escape,
        Sequence,
        String,
        StringEscape,
    }

    private bool IsOpen => _state != State.Text;

    /// <summary>Filters bytes.</summary>
    /// <param name="bytes">What the guest wrote next.</param>
    /// <param name="passed">Receives what may pass: never more in all than has come in.</param>
    /// <param name="onlyWhileOpen">Stop as soon as no sequence is open.</param>
    /// <returns>How many bytes were looked at.</returns>
    public int Filter(ReadOnlySpan<byte> bytes, IBufferWriter<byte> passed, bool onlyWhileOpen = false)
    {
        int taken = 0;
        while (taken < bytes.Length && (IsOpen || !onlyWhileOpen)) Take(bytes[taken++], passed);
        return taken;
    }

    private void Take(byte value, IBufferWriter<byte> passed)
    {
        if (_state is State.String or State.StringEscape && !TakeInString(value)) return;
        if (value == Escape) Begin();
        else if (value < FirstPrintable) TakeControl(value, passed);
        else if (_state == State.Escape) TakeAfterEscape(value, passed);
        else if (_state == State.Sequence) TakeInSequence(value, passed);
        else passed.Write([value]);
    }

    private void TakeControl(byte value, IBufferWriter<byte> passed)
    {
        if (value is Cancel or Substitute) Drop();
        else if (value != Enquiry) passed.Write([value]);
    }

    private void TakeAfterEscape(byte value, IBufferWriter<byte> passed)
    {
        _held.Add(value);
        if (value == '[')
        {
            _state = State.Sequence;
        }
        else if (value is (byte)']' or (byte)'P' or (byte)'X' or (byte)'^' or (byte)'_')
        {
            Drop();
            _stringLength = 0;
            _state = State.String;
        }
        else if (value == 'Z') // DECID: who are you?
        {
            Drop();
        }
        else
        {
            Release(passed);
        }
    }

    /// <summary>GUEST-CONTROLLED: of a sequence too long for one, only the beginning is kept, and nothing passes.</summary>
    private void TakeInSequence(byte value, IBufferWriter<byte> passed)
    {
        if (value == Delete) return;
        if (value > Delete)
        {
            Drop();
            passed.Write([value]);
            return;
        }

        if (_held.Count < LongestSequence) _held.Add(value);
        if (value < FirstFinal) return;
        if (_held.Count == LongestSequence || IsReport(value)) Drop();
        else Release(passed);
    }

    /// <summary>DSR, DA and DECREQTPARM; what xterm and others tell about windows (t), modes (p), their name (q), and keyboards (u, which alone restores the cursor).</summary>
    private bool IsReport(byte final) => final switch
    {
        (byte)'n' or (byte)'c' or (byte)'x' or (byte)'t' or (byte)'p' or (byte)'q' => true,
        (byte)'u' => _held.Count > 3,
        _ => false,
    };

    /// <summary>GUEST-CONTROLLED: a string that never ends must not swallow the rest of the console; one has no line ends.</summary>
    /// <returns>Whether the byte is no part of the string any more.</returns>
    private bool TakeInString(byte value)
    {
        if (_state == State.StringEscape && value != '\\')
        {
            Begin();
            return true;
        }

        bool ends = _state == State.StringEscape || value is Bell or Cancel or Substitute || ++_stringLength > LongestString;
        _state = ends || value == '\n' ? State.Text : value == Escape ? State.StringEscape : State.String;
        return value == '\n';
    }

    private void Begin()
    {
        _held.Clear();
        _held.Add(Escape);
        _state = State.Escape;
    }

    private void Drop()
    {
        _held.Clear();
        _state = State.Text;
    }

    private void Release(IBufferWriter<byte> passed)
    {
        passed.Write([.. _held]);
        Drop();
    }
}
