using System.Text;
using System.Text.RegularExpressions;
using KvmPS.Core.Devices;
using KvmPS.Core.Serial;

namespace KvmPS.Tests.Guest;

/// <summary>A guest's console of a test's making: a line editor that echoes as it is told, and a shell that answers probes and frames with what the test wants.</summary>
internal sealed partial class FakeConsole : ISerialReceiver, IDisposable
{
    private const byte Interrupt = 0x03;
    private const byte KillLine = 0x15;

    private readonly ISerialSource _source;
    private readonly Lock _typing = new();
    private readonly StringBuilder _line = new();
    private readonly StringBuilder _typed = new();

    public FakeConsole()
    {
        Port = new SerialPort(TimeProvider.System) { Name = "hvc0", Kind = SerialPortKind.Console };
        _source = Port;
        Port.Connect(this);
    }

    /// <summary>The host's end.</summary>
    public SerialPort Port { get; }

    /// <summary>Whether what is typed comes back.</summary>
    public bool Echo { get; init; } = true;

    /// <summary>After how many columns the echo is wrapped.</summary>
    public int Columns { get; init; } = int.MaxValue;

    /// <summary>Whether it tells a kernel's words from a program's, as a UART does.</summary>
    public bool TellsKernel { get; init; }

    /// <summary>What the shell shows when it waits.</summary>
    public string Prompt { get; init; } = "# ";

    /// <summary>What comes between the bytes of an answer, such as messages of a kernel; the argument counts bytes.</summary>
    public Func<int, string> Between { get; init; } = static _ => "";

    /// <summary>At which byte of the answer to a probe <see cref="Interrupts"/> is called; nowhere when negative.</summary>
    public int InProbe { get; init; } = -1;

    /// <summary>Says something in the middle of a probe.</summary>
    public Action Interrupts { get; set; } = static () => { };

    /// <summary>Runs a command: its output, and its exit code.</summary>
    public Func<string, (string Output, int ExitCode)> Run { get; init; } = static _ => ("", 0);

    /// <summary>Takes a line before the shell does; true when the shell is not to have it.</summary>
    public Func<string, bool> Before { get; set; } = static _ => false;

    /// <summary>All that was typed.</summary>
    public string Typed
    {
        get
        {
            lock (_typing) return _typed.ToString();
        }
    }

    /// <summary>Says something, as a program does on a UART: the transmitter's interrupt is on for as long as that takes.</summary>
    public void Say(string text)
    {
        ISerialSink sink = Port;
        if (TellsKernel) sink.PollingChanged(polls: false);
        sink.Write(Encoding.Latin1.GetBytes(text));
        if (TellsKernel) sink.PollingChanged(polls: true);
    }

    /// <summary>Says something as a kernel does on a UART, by polling.</summary>
    public void SayAsKernel(string text) => ((ISerialSink)Port).Write(Encoding.Latin1.GetBytes(text));

    /// <summary>The word of a frame that was typed.</summary>
    public static string WordOf(string line) => Frame.Match(line) is var frame ? frame.Groups["first"].Value + frame.Groups["second"].Value : "";

    /// <inheritdoc/>
    public void InputAvailable()
    {
        lock (_typing)
        {
            Span<byte> one = stackalloc byte[1];
            while (_source.Take(one) == 1) Type(one[0]);
        }
    }

    /// <inheritdoc/>
    public void SendBreak()
    {
    }

    /// <inheritdoc/>
    public void Dispose() => Port.Dispose();

    private void Type(byte value)
    {
        _typed.Append((char)value);
        switch (value)
        {
            case KillLine:
                _line.Clear();
                return;
            case Interrupt:
                _line.Clear();
                Say("^C\r\n" + Prompt);
                return;
            case (byte)'\n':
                if (Echo) Say("\r\n");
                Enter();
                return;
        }

        _line.Append((char)value);
        if (!Echo) return;
        Say(((char)value).ToString());
        if (_line.Length % Columns == 0) Say("\r\n");
    }

    private void Enter()
    {
        string line = _line.ToString();
        if (line.EndsWith('\\'))
        {
            _line.Remove(_line.Length - 1, 1);
            Say("> ");
            return;
        }

        _line.Clear();
        if (Before(line)) return;
        if (Probe.Match(line) is { Success: true } probe)
        {
            string answer = $"{probe.Groups["first"].Value}\t\ra\x80\xff\0{probe.Groups["second"].Value}\r\n";
            Say(answer[..Math.Max(0, InProbe)]);
            if (InProbe >= 0) Interrupts();
            Say(answer[Math.Max(0, InProbe)..]);
        }
        else if (Frame.Match(line) is { Success: true } frame)
        {
            string word = frame.Groups["first"].Value + frame.Groups["second"].Value;
            (string output, int exitCode) = Run(frame.Groups["command"].Value);
            string answer = $"{word}\r\n{output.ReplaceLineEndings("\r\n")}{word}:{exitCode}\r\n";
            for (int i = 0; i < answer.Length; i++) Say(Between(i) + answer[i]);
        }

        Say(Prompt);
    }

    [GeneratedRegex(@"^ printf '(?<first>\w{4})\\t\\ra\\200\\377\\000(?<second>\w{4})\\n'\|\|echo ", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Probe { get; }

    [GeneratedRegex(@"^ echo (?<first>\w{4})''(?<second>\w{4});\(eval '(?<command>.*)'\)</dev/null;echo \k<first>''\k<second>:\$\?$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Frame { get; }
}
