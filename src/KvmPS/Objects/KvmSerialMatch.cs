using KvmPS.Core.Serial;

namespace KvmPS;

/// <summary>What a pattern matched on a console.</summary>
public sealed class KvmSerialMatch
{
    internal KvmSerialMatch(string vmName, SerialMatch match, TimeSpan elapsed)
    {
        VMName = vmName;
        Pattern = match.Pattern;
        PatternIndex = match.PatternIndex;
        Value = match.Value;
        Captures = match.Groups;
        TextBefore = match.TextBefore;
        Elapsed = elapsed;
        Position = match.Start;
    }

    /// <summary>The machine's name.</summary>
    public string VMName { get; }

    /// <summary>The text that matched.</summary>
    public string Value { get; }

    /// <summary>The captures by group name or number; group 0 is the whole match.</summary>
    public IReadOnlyDictionary<string, string> Captures { get; }

    /// <summary>The pattern that matched.</summary>
    public string Pattern { get; }

    /// <summary>Its place in <c>-Pattern</c>, from 0.</summary>
    public int PatternIndex { get; }

    /// <summary>The text from the match before, or from the first byte, up to this one; at most the newest 64 KiB.</summary>
    public string TextBefore { get; }

    /// <summary>How long the wait took.</summary>
    public TimeSpan Elapsed { get; }

    /// <summary>Where the match begins, in bytes from the first of the boot.</summary>
    public long Position { get; }

    /// <summary>The text that matched.</summary>
    public override string ToString() => Value;
}
