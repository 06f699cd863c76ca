using System.Text;

namespace KvmPS.Core.Guest;

/// <summary>
/// Finds a shell at its prompt: waits while the guest boots, logs in where it is asked to, and takes for a shell what answers a probe.
/// </summary>
/// <param name="talk">The conversation.</param>
/// <param name="patience">How long to wait, and who is told.</param>
/// <param name="login">Who logs in; null for nobody.</param>
internal sealed class ShellFinder(PortTalk talk, GuestPatience patience, GuestLogin? login)
{
    private const int LongestLine = 4096;

    /// <summary>How long a console is silent when it waits for somebody: programs pause in the middle of a line, too.</summary>
    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(150);

    private static readonly TimeSpan ShortestWait = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(30);

    private readonly List<byte> _line = [];
    private readonly ShellProbe _probe = new();
    private TimeSpan _wait = ShortestWait;
    private bool _hasPressedEnter;
    private bool _hasLoggedIn;

    /// <summary>Returns when a shell has answered.</summary>
    /// <returns>What its answer tells of the line.</returns>
    /// <exception cref="GuestLoginException">The guest asks for a login, and there is none or a wrong one.</exception>
    public ProbeAnswer Find()
    {
        if (!talk.IsTerminal && Ask() is not ProbeAnswer.None and ProbeAnswer channel) return channel;
        while (true)
        {
            switch (Settle())
            {
                case PromptKind.Login:
                    LogIn();
                    break;
                case PromptKind.Password:
                    talk.TypeAnswer(""); // somebody else's question: no password, and the next question is the login's
                    Hear(_wait);
                    break;
                case PromptKind.Continuation:
                    talk.TypeInterrupt();
                    if (Ask() is not ProbeAnswer.None and ProbeAnswer begun) return begun;
                    break;
                case PromptKind.Any:
                    if (Ask() is not ProbeAnswer.None and ProbeAnswer answer) return answer;
                    break;
                default:
                    if (Nudge() is not ProbeAnswer.None and ProbeAnswer late) return late;
                    break;
            }
        }
    }

    /// <summary>Reads until the console is silent.</summary>
    private PromptKind Settle()
    {
        while (Hear(Quiet))
        {
        }

        return PromptText.Classify(Encoding.UTF8.GetString([.. _line]));
    }

    /// <summary>Nothing shows: a guest that boots goes on by itself, a shell whose prompt a kernel message has hidden shows it again after Enter.</summary>
    private ProbeAnswer Nudge()
    {
        if (Hear(_wait)) return ProbeAnswer.None;
        WaitLonger();
        if (_hasPressedEnter) return Ask();
        _hasPressedEnter = true;
        talk.TypeAnswer("");
        return ProbeAnswer.None;
    }

    private ProbeAnswer Ask()
    {
        talk.TypeLine(_probe.Line);
        for (long end = Environment.TickCount64 + (long)_wait.TotalMilliseconds; Environment.TickCount64 < end;)
        {
            ReadOnlySpan<byte> bytes = talk.Read(TimeSpan.FromMilliseconds(Math.Max(1, end - Environment.TickCount64)));
            Remember(bytes);
            if (_probe.Hear(bytes) is not ProbeAnswer.None and ProbeAnswer answer) return answer;
            if (PromptText.Classify(Encoding.UTF8.GetString([.. _line])) is PromptKind.Login or PromptKind.Password) break;
        }

        WaitLonger();
        return ProbeAnswer.None;
    }

    private void LogIn()
    {
        if (login is null || _hasLoggedIn) throw new GuestLoginException(login?.UserName);
        _hasLoggedIn = true;
        patience.Story($"Logging in as '{login.UserName}'.");
        _line.Clear();
        talk.TypeAnswer(login.UserName);

        PromptKind next = SettleAnswer();
        if (next == PromptKind.Password)
        {
            _line.Clear();
            talk.TypeAnswer(login.Password);
            next = SettleAnswer();
        }

        if (next is PromptKind.Login or PromptKind.Password) throw new GuestLoginException(login.UserName);
    }

    /// <summary>What the console asks next: the echo of what was typed ends with its line, and a login takes its time.</summary>
    private PromptKind SettleAnswer()
    {
        PromptKind kind;
        do Hear(ShortestWait);
        while ((kind = Settle()) == PromptKind.None);
        return kind;
    }

    private bool Hear(TimeSpan limit)
    {
        ReadOnlySpan<byte> bytes = talk.Read(limit, withKernel: true);
        Remember(bytes);
        return !bytes.IsEmpty;
    }

    private void Remember(ReadOnlySpan<byte> bytes)
    {
        int newline = bytes.LastIndexOf((byte)'\n');
        if (newline >= 0) _line.Clear();
        _line.AddRange(bytes[(newline + 1)..]);
        if (_line.Count > LongestLine) _line.RemoveRange(0, _line.Count - LongestLine); // GUEST-CONTROLLED: a line may never end.
    }

    private void WaitLonger() => _wait = _wait * 2 < LongestWait ? _wait * 2 : LongestWait;
}
