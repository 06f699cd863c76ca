using System.Diagnostics.CodeAnalysis;
using System.Text.RegularExpressions;

namespace KvmPS.Core.Serial;

/// <summary>
/// Looks for patterns in what a guest sends, as it comes. Each match begins at or after the end of the one before: nothing is matched
/// twice, and nothing that came early is missed. The incomplete last line takes part, so that a prompt can be matched.
/// <para>
/// The text is the log as UTF-8 with CR LF seen as LF, so that <c>$</c> means the end of a line. Of several matches the one that begins first wins,
/// then failure patterns, then the order given.
/// </para>
/// <para>
/// The lines of a broken kernel count only as far as no pattern covers a part of them: whoever waits for a panic gets it. They wait for their end, so that
/// they are whole and such a pattern has had its chance.
/// </para>
/// <para>
/// A search costs time in proportion to what is new. Text that was searched is looked at again only from the start of its last line, or 4 KiB
/// back if that is earlier, and never further back than 64 KiB: a match that grows over several arrivals is found when it is shorter than that.
/// </para>
/// One matcher is for one thread at a time.
/// </summary>
public sealed class SerialMatcher
{
    /// <summary>How long one pattern may take over one search, unless told otherwise.</summary>
    public static readonly TimeSpan DefaultMatchTimeout = TimeSpan.FromSeconds(2);

    private const RegexOptions Options = RegexOptions.CultureInvariant | RegexOptions.Multiline;
    private const int TextBeforeBytes = 64 << 10;

    private readonly SerialLog _log;
    private readonly SerialWindow _window;
    private readonly (Regex Regex, int Index, bool IsFailure)[] _patterns;
    private readonly IReadOnlyList<KernelFailure> _kernelFailures;
    private bool _waitsForLineEnd;
    private long _emptyMatchAt = -1;

    /// <summary>A matcher over a log.</summary>
    /// <param name="log">The log of one boot.</param>
    /// <param name="patterns">Regular expressions that mean success.</param>
    /// <param name="failurePatterns">Regular expressions that mean failure.</param>
    /// <param name="position">Where to begin: the <see cref="Position"/> of the matcher before this one, or 0.</param>
    /// <param name="matchTimeout">How long one pattern may take over one search.</param>
    /// <param name="kernelFailures">Lines of a broken kernel that mean failure; none when null.</param>
    /// <exception cref="ArgumentException">A pattern is not a regular expression.</exception>
    public SerialMatcher(
        SerialLog log,
        IEnumerable<string> patterns,
        IEnumerable<string>? failurePatterns = null,
        long position = 0,
        TimeSpan? matchTimeout = null,
        IReadOnlyList<KernelFailure>? kernelFailures = null)
    {
        TimeSpan timeout = matchTimeout ?? DefaultMatchTimeout;
        _log = log;
        _window = new SerialWindow(log, position);
        _patterns =
        [
            .. (failurePatterns ?? []).Select((pattern, index) => (new Regex(pattern, Options, timeout), index, true)),
            .. patterns.Select((pattern, index) => (new Regex(pattern, Options, timeout), index, false)),
        ];
        _kernelFailures = kernelFailures ?? [];
        Position = position;
    }

    /// <summary>The absolute offset behind the last match; a later match begins here or after.</summary>
    public long Position { get; private set; }

    /// <summary>Whether the last <see cref="Wait"/> searched a complete log to its end, so that no other match can come.</summary>
    public bool IsAtEnd { get; private set; }

    /// <summary>Looks through what the log holds at present.</summary>
    /// <exception cref="RegexMatchTimeoutException">A pattern took too long, as patterns with nested repetition do.</exception>
    public bool TryMatch([NotNullWhen(true)] out SerialMatch? match)
    {
        while (true)
        {
            if (Search() is { } found)
            {
                // What touches the end of the window may be longer, or no match at all, when the log has more: look at that first.
                bool mayGrow = found.End == _window.Text.Length && found.End - found.Start < SerialWindow.LongOverlap;
                if (mayGrow && _window.Fill()) continue;
                match = Accept(found);
                return true;
            }

            _window.MarkSearched();
            if (_window.Fill()) continue;
            match = null;
            return false;
        }
    }

    /// <summary>Waits for a match.</summary>
    /// <param name="timeout">How long at most; <see cref="Timeout.InfiniteTimeSpan"/> for ever.</param>
    /// <param name="cancellation">Ends the wait.</param>
    /// <returns>The match; null when the time is over, or when the log is complete and has none (<see cref="IsAtEnd"/>).</returns>
    /// <exception cref="OperationCanceledException">The wait was cancelled.</exception>
    /// <exception cref="RegexMatchTimeoutException">A pattern took too long.</exception>
    public SerialMatch? Wait(TimeSpan timeout, CancellationToken cancellation)
    {
        Deadline deadline = Deadline.After(timeout);
        while (true)
        {
            bool completed = _log.IsCompleted; // Before the search, so that bytes sent just before the end are searched.
            if (TryMatch(out SerialMatch? match)) return match;
            IsAtEnd = completed;
            if (completed || deadline.HasPassed) return null;
            _log.WaitForMore(_window.End, deadline.Remaining, cancellation);
        }
    }

    /// <summary>The match that wins.</summary>
    private Found? Search()
    {
        if (!_window.HasUnsearched && !(_waitsForLineEnd && _log.IsCompleted)) return null;
        Found? best = null;
        foreach ((Regex regex, int index, bool isFailure) in _patterns)
        {
            if (FirstMatch(regex) is not { } match || match.Start >= best?.Start) continue;
            best = new Found(match.Start, match.End, regex, index, isFailure, Kernel: null);
        }

        return SearchKernelFailure() is { } broken && !(best?.Start < broken.End) ? broken : best;
    }

    private Found? SearchKernelFailure()
    {
        Found? best = null;
        bool mayGoOn = !_log.IsCompleted;
        _waitsForLineEnd = false;
        for (int i = 0; i < _kernelFailures.Count; i++)
        {
            KernelFailure failure = _kernelFailures[i];
            if (failure.Find(_window.Text, _window.SearchStart) is not { } line || line.Start >= best?.Start) continue;
            if (mayGoOn && line.End == _window.Text.Length) _waitsForLineEnd = true;
            else best = new Found(line.Start, line.End, failure.Regex, i, IsFailure: true, failure);
        }

        return best;
    }

    private (int Start, int End)? FirstMatch(Regex regex)
    {
        foreach (ValueMatch match in regex.EnumerateMatches(_window.Text, _window.SearchStart))
        {
            // An empty match is taken once at its place; the next one has to be further on.
            if (match.Length == 0 && _window.ByteOf(match.Index) <= _emptyMatchAt) continue;
            return (match.Index, match.Index + match.Length);
        }

        return null;
    }

    private SerialMatch Accept(Found found)
    {
        Match match = found.Regex.Match(_window.Text, found.Start);
        var groups = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (Group group in match.Groups)
            if (group.Success) groups[group.Name] = group.Value;

        long start = _window.ByteOf(found.Start);
        long end = _window.ByteOf(found.End);
        string before = _log.GetText(Math.Max(Position, start - TextBeforeBytes), start);
        Position = end;
        _emptyMatchAt = found.Start == found.End ? end : -1;
        _window.MoveTo(found.End);
        return new SerialMatch(found.Index, found.IsFailure, found.Regex.ToString(), match.Value, groups, before, start, end) { KernelFailure = found.Kernel };
    }

    /// <summary>A match as indices of the window, and the pattern with its place in its own list.</summary>
    private readonly record struct Found(int Start, int End, Regex Regex, int Index, bool IsFailure, KernelFailure? Kernel);
}
