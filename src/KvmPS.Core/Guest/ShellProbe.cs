namespace KvmPS.Core.Guest;

/// <summary>What a shell's answer to a probe tells of the line to it.</summary>
internal enum ProbeAnswer
{
    /// <summary>It has not come.</summary>
    None,

    /// <summary>Every byte came through; a CR before each LF does not count.</summary>
    Clean,

    /// <summary>Some bytes were changed on the way, as by a terminal that expands tabs, or another program between.</summary>
    Changed,

    /// <summary>The shell has no <c>printf</c>, so that nothing is known of other bytes than letters.</summary>
    NoPrintf,
}

/// <summary>
/// A question that any shell at its prompt answers and nobody else: it tells that there is a shell, whatever its prompt looks like, and
/// whether bytes come through that terminals like to change.
/// </summary>
internal sealed class ShellProbe
{
    private const int LongestAnswer = 64;
    private const int MostKept = 16 << 10;

    private readonly ShellNonce _nonce = ShellNonce.Create();
    private readonly byte[] _first;
    private readonly byte[] _second;
    private readonly List<byte> _heard = [];

    public ShellProbe()
    {
        _first = [.. _nonce.Word.AsSpan(0, _nonce.First.Length)];
        _second = [.. _nonce.Word.AsSpan(_nonce.First.Length)];
    }

    /// <summary>What is typed. A tab, a lone CR, bytes above ASCII, NUL.</summary>
    public string Line => $" printf '{_nonce.First}\\t\\ra\\200\\377\\000{_nonce.Second}\\n'||echo {_nonce.Typed}";

    private static ReadOnlySpan<byte> Sample => [(byte)'\t', (byte)'\r', (byte)'a', 0x80, 0xff, 0];

    /// <summary>Takes the next bytes of the console.</summary>
    public ProbeAnswer Hear(ReadOnlySpan<byte> bytes)
    {
        _heard.AddRange(bytes);
        ProbeAnswer answer = Find(KernelLine.Without([.. _heard]));
        if (_heard.Count > MostKept) _heard.RemoveRange(0, _heard.Count - LongestAnswer);
        return answer;
    }

    private ProbeAnswer Find(ReadOnlySpan<byte> heard)
    {
        while (heard.IndexOf(_first) is >= 0 and int at)
        {
            heard = heard[(at + _first.Length)..];
            int length = heard[..Math.Min(heard.Length, LongestAnswer)].IndexOf(_second);
            if (length < 0) continue;
            ReadOnlySpan<byte> between = heard[..length];
            if (between.IsEmpty) return ProbeAnswer.NoPrintf;
            if (between.SequenceEqual(Sample)) return ProbeAnswer.Clean;
            if (between.IndexOfAny((byte)'\\', (byte)'\'') < 0) return ProbeAnswer.Changed; // else it is the echo of what was typed
        }

        return ProbeAnswer.None;
    }
}
