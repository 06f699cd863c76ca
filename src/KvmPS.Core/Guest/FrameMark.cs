using System.Globalization;

namespace KvmPS.Core.Guest;

/// <summary>How far a text is the mark that is looked for.</summary>
internal enum Fit
{
    /// <summary>It is something else.</summary>
    Not,

    /// <summary>It may yet become one.</summary>
    Maybe,

    /// <summary>It is one.</summary>
    Whole,
}

/// <summary>
/// Reads the mark before or behind the output of a command: the word, for the last one a colon and the exit code, and the line's end. Lines of the
/// kernel may have come between any two of its bytes, and are passed over.
/// </summary>
/// <param name="text">The text that may begin with a mark.</param>
internal ref struct FrameMark(ReadOnlySpan<byte> text)
{
    private const byte CarriageReturn = (byte)'\r';
    private const byte LineFeed = (byte)'\n';
    private const int LongestExitCode = 10;
    private const int Longest = 16 << 10; // GUEST-CONTROLLED: output may hold lines of a kernel without end behind a letter of the word.

    private readonly ReadOnlySpan<byte> _text = text;
    private byte _next;

    /// <summary>How many bytes it has, with what came between.</summary>
    public int Length { get; private set; }

    /// <summary>Whether its line ends as CR LF.</summary>
    public bool HasReturn { get; private set; }

    /// <summary>The exit code.</summary>
    public int ExitCode { get; private set; }

    private readonly Fit Missing => Length < Longest ? Fit.Maybe : Fit.Not;

    /// <summary>Reads the first mark.</summary>
    public Fit ReadBegin(ReadOnlySpan<byte> word) => ReadWord(word) is var fit && fit != Fit.Whole ? fit : ReadLineEnd();

    /// <summary>Reads the last mark.</summary>
    public Fit ReadEnd(ReadOnlySpan<byte> word)
    {
        Fit fit = ReadWord(word);
        if (fit == Fit.Whole) fit = Read((byte)':');
        if (fit == Fit.Whole) fit = ReadExitCode();
        return fit == Fit.Whole ? ReadLineEnd() : fit;
    }

    private Fit ReadWord(ReadOnlySpan<byte> word)
    {
        foreach (byte letter in word)
            if (Read(letter) is var fit && fit != Fit.Whole) return fit;
        return Fit.Whole;
    }

    private Fit ReadExitCode()
    {
        Span<byte> digits = stackalloc byte[LongestExitCode];
        int count = 0;
        for (; ; count++)
        {
            if (!Peek()) return Missing;
            if (!char.IsAsciiDigit((char)_next)) break;
            if (count == LongestExitCode) return Fit.Not;
            digits[count] = _next;
            Length++;
        }

        bool isCode = int.TryParse(digits[..count], NumberStyles.None, CultureInfo.InvariantCulture, out int exitCode);
        ExitCode = exitCode;
        return isCode ? Fit.Whole : Fit.Not;
    }

    /// <summary>Reads LF or CR LF.</summary>
    private Fit ReadLineEnd()
    {
        Fit fit = Read(CarriageReturn);
        if (fit == Fit.Maybe) return fit;
        HasReturn = fit == Fit.Whole;
        return Read(LineFeed);
    }

    private Fit Read(byte expected)
    {
        if (!Peek()) return Missing;
        if (_next != expected) return Fit.Not;
        Length++;
        return Fit.Whole;
    }

    /// <summary>Finds the next byte of the mark, behind what the kernel says.</summary>
    /// <returns>False when it has not come.</returns>
    private bool Peek()
    {
        while (Length < _text.Length)
        {
            int skipped = Length == 0 ? 0 : KernelLine.Length(_text[Length..]);
            if (skipped < 0) return false;
            if (skipped == 0)
            {
                _next = _text[Length];
                return true;
            }

            Length += skipped;
        }

        return false;
    }
}
