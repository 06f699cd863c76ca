namespace KvmPS.Core.Guest;

/// <summary>A command for a guest's shell.</summary>
/// <param name="Text">The command, in the shell's language; it may have several lines.</param>
public sealed record GuestCommand(string Text)
{
    /// <summary>How many bytes of output are taken unless told otherwise.</summary>
    public const long DefaultMaximumOutputBytes = 64 << 20;

    /// <summary>What it reads from its standard input; nothing, as from <c>/dev/null</c>, when null.</summary>
    public byte[]? Input { get; init; }

    /// <summary>A file of the guest that is its standard input, and is removed behind it; a word of the shell.</summary>
    internal string? InputFile { get; init; }

    /// <summary>Receives the output in place of <see cref="GuestAnswer.Output"/>.</summary>
    public Stream? OutputTo { get; init; }

    /// <summary>How many bytes of output are taken at most. GUEST-CONTROLLED: a guest may never stop.</summary>
    public long MaximumOutputBytes { get; init; } = DefaultMaximumOutputBytes;

    /// <summary>Is told how many bytes of output have come, now and then.</summary>
    public Action<long>? Progress { get; init; }
}

/// <summary>What a command did.</summary>
/// <param name="Output">What it wrote, standard output and errors in their order.</param>
/// <param name="ExitCode">Its exit code, as the shell gives it.</param>
/// <param name="Duration">From its sending to its end, as the host saw it.</param>
public sealed record GuestAnswer(byte[] Output, int ExitCode, TimeSpan Duration);

/// <summary>Who logs in where a guest asks.</summary>
/// <param name="UserName">The name.</param>
/// <param name="Password">The password; it is typed, and kept nowhere.</param>
public sealed record GuestLogin(string UserName, string Password)
{
    /// <summary>The name only.</summary>
    public override string ToString() => UserName;
}
