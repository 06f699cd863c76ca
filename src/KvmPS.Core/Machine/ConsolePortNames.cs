namespace KvmPS.Core.Machine;

/// <summary>What the ports of machines are called: those that every PC has by number or name, and the names that users may choose for channels.</summary>
public static class ConsolePortNames
{
    private const int Longest = 64;
    private const string Com = "COM";
    private const string Tty = "ttyS";

    /// <summary>What a name must be, in words.</summary>
    public const string Rule = "a letter or digit, then letters, digits, dots, hyphens and underscores, 64 at most, and no name of a serial port or console";

    /// <summary>Whether a channel may be called so: the name becomes a file in the guest, and a word on command lines.</summary>
    public static bool IsValid(string name) =>
        name.Length is > 0 and <= Longest
        && char.IsAsciiLetterOrDigit(name[0])
        && name.All(static character => char.IsAsciiLetterOrDigit(character) || character is '.' or '-' or '_')
        && SerialPort(name) is null
        && !IsNumbered(name, "hvc")
        && !name.All(char.IsAsciiDigit);

    /// <summary>The number of a serial port, from 1 on, that a text means: <c>2</c>, <c>COM2</c> or <c>ttyS1</c>; null when it means none.</summary>
    public static int? SerialPort(string text)
    {
        if (text.StartsWith(Tty, StringComparison.OrdinalIgnoreCase)) return Digits(text[Tty.Length..]) + 1;
        return Digits(text.StartsWith(Com, StringComparison.OrdinalIgnoreCase) ? text[Com.Length..] : text);
    }

    private static bool IsNumbered(string name, string prefix) => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase) && Digits(name[prefix.Length..]) is not null;

    private static int? Digits(string text) => text.Length is > 0 and <= 4 && text.All(char.IsAsciiDigit) ? int.Parse(text, System.Globalization.CultureInfo.InvariantCulture) : null;
}
