using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace KvmPS.Core.Serial;

/// <summary>
/// A line with which a Linux kernel says that it is broken. The line is matched as the kernel prints it, from its time stamp or its first column to
/// its end, so that other text that speaks of such things is not meant.
/// </summary>
/// <remarks>
/// The search takes time in proportion to the text, whatever that is: the patterns never backtrack. Most text is searched for a word only, and
/// a pattern is not even compiled before its word has come.
/// </remarks>
public sealed class KernelFailure
{
    private const string Stamp = @"\[ *\d+\.\d{6}\](?:\[ *[CT]\d+\])? ";
    private const string LineStart = @"^(?:<\d>)?";
    private const string Prefix = $"(?:{LineStart}(?:{Stamp})?|{Stamp})";
    private const string Rest = "[^\n]*";

    private static readonly TimeSpan Patience = SerialMatcher.DefaultMatchTimeout;

    private readonly string _word;
    private readonly Lazy<Regex> _regex;

    private KernelFailure(string name, string word, [StringSyntax(StringSyntaxAttribute.Regex)] string pattern)
    {
        Name = name;
        _word = word;
        _regex = new Lazy<Regex>(() => new Regex(pattern + Rest, RegexOptions.CultureInvariant | RegexOptions.Multiline | RegexOptions.NonBacktracking, Patience));
    }

    /// <summary>The end of the kernel: it says no more than how it came to this.</summary>
    public static KernelFailure Panic { get; } = new("Kernel panic", "Kernel panic", $"{Prefix}Kernel panic - not syncing");

    /// <summary>
    /// All of them. A soft lockup (<c>watchdog: BUG:</c>) is left out: a busy host is enough for one, and the kernel goes on. A BUG line without a
    /// time stamp has to go on as the kernel's do, since programs like the word.
    /// </summary>
    public static IReadOnlyList<KernelFailure> All { get; } =
    [
        Panic,
        new("early exception", "PANIC: ", $"{Prefix}PANIC: (?:early exception|double fault)"),
        new("Oops", " [#", $@"{Prefix}[A-Za-z][^\n]*: [0-9a-f]{{4}} \[#\d+\]"), // Oops, general protection fault, invalid opcode and all else that dies
        new("BUG", "BUG: ", $"(?:{Stamp}BUG: |{LineStart}BUG: (?:unable to handle |kernel NULL |K[A-Z]+SAN: |KFENCE: |Bad |scheduling while atomic|sleeping function called))"),
        new("kernel BUG at", "kernel BUG at ", $@"{Prefix}kernel BUG at \S+:\d+!"),
        new("Unable to handle kernel", "nable to handle kernel ", $"{Prefix}[Uu]nable to handle kernel "),
    ];

    /// <summary>What the pattern is called in messages.</summary>
    public string Name { get; }

    /// <summary>The pattern.</summary>
    internal Regex Regex => _regex.Value;

    /// <summary>Where the first such line lies, from its stamp or first column to its end so far.</summary>
    /// <param name="text">Text with LF at the ends of its lines.</param>
    /// <param name="from">The index to begin at.</param>
    internal (int Start, int End)? Find(string text, int from)
    {
        if (!text.AsSpan(from).Contains(_word, StringComparison.Ordinal)) return null;
        Regex.ValueMatchEnumerator matches = Regex.EnumerateMatches(text, from);
        return matches.MoveNext() ? (matches.Current.Index, matches.Current.Index + matches.Current.Length) : null;
    }

    /// <summary>The first such line of all.</summary>
    /// <param name="text">Text with LF at the ends of its lines.</param>
    internal static (KernelFailure Failure, string Line)? FindFirst(string text)
    {
        (KernelFailure Failure, int Start, int End)? first = null;
        foreach (KernelFailure failure in All)
            if (failure.Find(text, from: 0) is { } line && !(line.Start >= first?.Start)) first = (failure, line.Start, line.End);

        return first is { } found ? (found.Failure, text[found.Start..found.End]) : null;
    }

    /// <summary>The name.</summary>
    public override string ToString() => Name;
}
