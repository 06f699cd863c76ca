using System.Security.Cryptography;
using System.Text;

namespace KvmPS.Core.Guest;

/// <summary>
/// A word that nothing says by chance, made of two halves. What is typed has the halves apart and the shell puts them together, so that the
/// echo of what was typed, however a terminal wraps it, is never taken for the shell's answer.
/// </summary>
internal sealed class ShellNonce
{
    private const int HalfLength = 4;
    private const string Letters = "abcdefghijklmnopqrstuvwxyz234567"; // 40 bits in all; each letter is typed four times a command, and slow guests echo a hundred in a second

    private ShellNonce(string first, string second)
    {
        First = first;
        Second = second;
        Word = Encoding.ASCII.GetBytes(first + second);
    }

    /// <summary>The first half.</summary>
    public string First { get; }

    /// <summary>The second half.</summary>
    public string Second { get; }

    /// <summary>The word as the shell says it.</summary>
    public byte[] Word { get; }

    /// <summary>The word as it is typed: the empty quotes are the shell's to take away.</summary>
    public string Typed => $"{First}''{Second}";

    /// <summary>A new one.</summary>
    public static ShellNonce Create() =>
        new(RandomNumberGenerator.GetString(Letters, HalfLength), RandomNumberGenerator.GetString(Letters, HalfLength));
}
