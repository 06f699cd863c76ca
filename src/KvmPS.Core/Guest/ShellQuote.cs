using System.Text;

namespace KvmPS.Core.Guest;

/// <summary>
/// Turns any text and any bytes into what can be typed at a shell's prompt: printable ASCII in lines so short that no line editor cuts them
/// (busybox at 1,023 bytes, a terminal at 4,095, POSIX promises 255). A long word goes on behind a backslash at the line's end.
/// </summary>
internal static class ShellQuote
{
    /// <summary>How long a line may get before it is broken.</summary>
    public const int LineLength = 200;

    private const string NextLine = "'\\\n'";
    private const string Harmless = " _./:=,;+@"; // beside letters and digits; neither the shell's nor printf's, nor the beginning of an option

    /// <summary>A text as one word of the shell.</summary>
    public static string Word(string text) => CanBeTyped(text) ? Literal(text) : $"\"$(printf {Format(Encoding.UTF8.GetBytes(text))})\"";

    /// <summary>Bytes as the format word of <c>printf</c>, which writes exactly them.</summary>
    public static string Format(ReadOnlySpan<byte> bytes)
    {
        var word = new StringBuilder("'");
        int column = 1;
        foreach (byte value in bytes)
        {
            if (column > LineLength) column = Break(word);
            int before = word.Length;
            if (char.IsAsciiLetterOrDigit((char)value) || Harmless.Contains((char)value, StringComparison.Ordinal)) word.Append((char)value);
            else word.Append('\\').Append(Convert.ToString(value, 8).PadLeft(3, '0'));
            column += word.Length - before;
        }

        return word.Append('\'').ToString();
    }

    private static string Literal(string text)
    {
        var word = new StringBuilder("'");
        int column = 1;
        foreach (char unit in text)
        {
            if (column > LineLength) column = Break(word);
            int before = word.Length;
            if (unit == '\'') word.Append("'\\''");
            else word.Append(unit);
            column = unit == '\n' ? 0 : column + word.Length - before;
        }

        return word.Append('\'').ToString();
    }

    /// <summary>Whether a line editor takes each character for itself. Bash looks for its history in the later lines of a quoted word.</summary>
    private static bool CanBeTyped(string text) =>
        text.All(static unit => unit is (>= ' ' and <= '~') or '\n') && !(text.Contains('\n', StringComparison.Ordinal) && text.AsSpan().ContainsAny('!', '^'));

    private static int Break(StringBuilder word)
    {
        word.Append(NextLine);
        return 1;
    }
}
