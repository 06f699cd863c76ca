using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using KvmPS.Core.Serial;

namespace KvmPS.Core.Guest;

/// <summary>
/// A shell of the guest at the other end of a port, to which commands are typed as a user would: nothing has to be installed in the guest. One
/// command at a time, in the order in which they were asked for; each runs in a subshell of its own, so that none changes the shell.
/// </summary>
public sealed class GuestShell
{
    /// <summary>How many characters of a command can be typed: what a terminal keeps for a program that has no time to read is bounded.</summary>
    public const int LongestLine = 32 << 10;

    private const int LongestTypedInput = 1 << 10;
    private const int LongestPrompt = 4096;
    private const int Recent = 4096;

    private static readonly ConditionalWeakTable<SerialPort, GuestShell> Shells = [];

    private readonly SerialPort _port;
    private readonly FairGate _gate = new();
    private Readiness? _ready;

    private GuestShell(SerialPort port) => _port = port;

    /// <summary>The shell at a port.</summary>
    public static GuestShell At(SerialPort port) => Shells.GetValue(port, static port => new GuestShell(port));

    /// <summary>Runs a command. A command that does not end in time is interrupted by Ctrl+C, as far as the guest heeds that.</summary>
    /// <param name="command">The command.</param>
    /// <param name="login">Who logs in where the guest asks; null for nobody.</param>
    /// <param name="patience">How long to wait, for those before it too.</param>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    /// <exception cref="ArgumentException">The command has a NUL, or is too long.</exception>
    /// <exception cref="GuestTimeoutException">There was no answer in time.</exception>
    /// <exception cref="GuestLoginException">The guest asks for a login, and there is none or a wrong one.</exception>
    /// <exception cref="GuestOutputException">The output is too long, or lost.</exception>
    /// <exception cref="GuestKernelException">The guest's kernel has said that it is broken.</exception>
    /// <exception cref="GuestConsoleEndedException">The machine ended.</exception>
    public GuestAnswer Run(GuestCommand command, GuestLogin? login, GuestPatience patience)
    {
        if (command.Input is { Length: > LongestTypedInput } input) command = Store(command, input, login, patience);
        var frame = new ShellFrame(command);
        if (frame.Line.Length > LongestLine) throw new ArgumentException($"The command is too long to be typed: it takes {frame.Line.Length} characters, and {LongestLine} is the most.", nameof(command));
        using IDisposable turn = _gate.Enter(patience);
        PortTalk talk = Prepare(login, patience);
        return Run(command, frame, talk, patience);
    }

    /// <summary>Sends a stream into a file of the guest.</summary>
    /// <returns>The exit code, 0 for success, and what the guest said when it refused.</returns>
    internal (int ExitCode, string Said) Upload(Stream source, string quotedPath, GuestLogin? login, GuestPatience patience, Action<ReadOnlySpan<byte>> passed)
    {
        using IDisposable turn = _gate.Enter(patience);
        PortTalk talk = Prepare(login, patience);
        _ready = null;
        var upload = new GuestUpload(talk);
        int code = upload.Send(source, quotedPath, passed);
        MarkReady(talk);
        return (code, upload.Said);
    }

    /// <summary>Puts a long input into a file of the guest: typed, each byte would be up to four, and a pipe would leave to the shell what the command does not read.</summary>
    private GuestCommand Store(GuestCommand command, byte[] input, GuestLogin? login, GuestPatience patience)
    {
        string file = $"/tmp/.kvmps-{Encoding.ASCII.GetString(ShellNonce.Create().Word)}";
        new GuestFiles(this, login, patience).Send(new MemoryStream(input, writable: false), file, static _ => { });
        return command with { Input = null, InputFile = file };
    }

    private void MarkReady(PortTalk talk) => _ready = new Readiness(_port.Connections, _port.InputBytes, talk.Position);

    /// <summary>A conversation with a shell that is known to be at its prompt: it has just ended a command, and nothing happened since; or it has answered a probe.</summary>
    private PortTalk Prepare(GuestLogin? login, GuestPatience patience)
    {
        if (_ready is { } ready && IsStillReady(ready)) return new PortTalk(_port, patience, _port.Log.TotalBytes);
        _ready = null;
        patience.Story($"Looking for a shell on {_port.Name}.");
        var talk = new PortTalk(_port, patience, Math.Max(0, _port.Log.TotalBytes - Recent));
        ProbeAnswer answer = new ShellFinder(talk, patience, login).Find();
        patience.Story($"A shell answers on {_port.Name}.");
        if (answer == ProbeAnswer.Changed) throw new GuestOutputException("The line to the shell changes bytes.");
        return talk;
    }

    private GuestAnswer Run(GuestCommand command, ShellFrame frame, PortTalk talk, GuestPatience patience)
    {
        using var kept = new MemoryStream();
        var reader = new FrameReader(frame.Word, command.OutputTo ?? kept);
        bool ended = false;
        long start = Stopwatch.GetTimestamp();
        _ready = null;
        try
        {
            talk.TypeLine(frame.Line);
            while (reader.ExitCode is null)
            {
                reader.Feed(talk.Read(Timeout.InfiniteTimeSpan));
                if (reader.OutputBytes > command.MaximumOutputBytes) throw new GuestOutputException($"The command wrote more than {command.MaximumOutputBytes} bytes.");
                command.Progress?.Invoke(reader.OutputBytes);
                patience.Kernel?.Check();
            }

            ended = true;
            MarkReady(talk);
            return new GuestAnswer(kept.ToArray(), reader.ExitCode.Value, Stopwatch.GetElapsedTime(start));
        }
        catch (GuestTimeoutException)
        {
            reader.GiveUp();
            throw new GuestTimeoutException(reader.HasBegun, kept.ToArray());
        }
        catch (GuestKernelException broken)
        {
            // What came before the kernel's line may not have been read yet.
            for (long end = _port.Log.TotalBytes; talk.ReadUpTo(end) is { IsEmpty: false } bytes;) reader.Feed(bytes);
            reader.GiveUp();
            throw new GuestKernelException(broken.Failure, broken.Line, kept.ToArray());
        }
        finally
        {
            if (!ended) talk.TypeInterrupt();
        }
    }

    /// <summary>Whether nobody typed since, the guest is the same, and what it said since is no more than a prompt and does not ask for a login.</summary>
    private bool IsStillReady(Readiness ready)
    {
        long total = _port.Log.TotalBytes;
        if (ready.Connection != _port.Connections || ready.Input != _port.InputBytes || total - ready.Position > LongestPrompt) return false;
        string text = _port.Log.GetText(ready.Position, total);
        return PromptText.Classify(text[(text.LastIndexOf('\n') + 1)..]) is PromptKind.None or PromptKind.Any;
    }

    /// <summary>How things were when a command had ended.</summary>
    /// <param name="Connection">How often a device was connected to the port: another number means another run of the guest.</param>
    /// <param name="Input">How many bytes were typed, by anybody.</param>
    /// <param name="Position">Where the answer ended in the log.</param>
    private sealed record Readiness(int Connection, long Input, long Position);
}
