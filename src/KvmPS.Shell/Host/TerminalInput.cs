using System.Management.Automation;
using System.Management.Automation.Host;
using System.Text;

namespace KvmPS.Shell.Host;

/// <summary>Lines typed at the terminal; a read ends at once when the pipeline that asked is stopped.</summary>
/// <param name="nonInteractive">Whether questions are forbidden.</param>
/// <param name="stopping">Is cancelled when the running pipeline is being stopped.</param>
internal sealed class TerminalInput(bool nonInteractive, CancellationToken stopping)
{
    /// <summary>Who reads the answers where a prompt has the terminal; null to read them from the console itself.</summary>
    public IAnswerReader? Reader { get; set; }

    /// <summary>Fails unless somebody can answer.</summary>
    /// <exception cref="HostException">Questions are forbidden, or standard input or the screen is no terminal.</exception>
    public void RequireTerminal()
    {
        if (nonInteractive) throw Refusal("the shell runs with -NonInteractive", "NonInteractive");
        if (!Terminal.CanAsk) throw Refusal("standard input or output is not a terminal", "NoTerminal");
    }

    /// <summary>Reads a line, without its end.</summary>
    /// <exception cref="HostException">Nobody can answer, or the input has ended.</exception>
    /// <exception cref="PipelineStoppedException">The pipeline was stopped meanwhile.</exception>
    public string ReadLine() => Read(Console.ReadLine, isHidden: false);

    /// <summary>Reads a line without showing it.</summary>
    /// <inheritdoc cref="ReadLine"/>
    public string ReadHiddenLine() => Read(ReadKeys, isHidden: true);

    // The read itself cannot be cancelled, so it has a thread of its own that is left behind with a stopped pipeline.
    private string Read(Func<string?> read, bool isHidden)
    {
        RequireTerminal();
        if (Reader is not null) return Reader.Read(isHidden) ?? throw Refusal("the input has ended", "EndOfInput");
        Task<string?> line = Task.Run(read, CancellationToken.None);
        try
        {
            line.Wait(stopping);
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }

        return line.GetAwaiter().GetResult() ?? throw Refusal("the input has ended", "EndOfInput");
    }

    private static string? ReadKeys()
    {
        StringBuilder typed = new();
        while (true)
        {
            ConsoleKeyInfo key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter) return typed.ToString();
            if (key.Key == ConsoleKey.Backspace) typed.Length = Math.Max(typed.Length - 1, 0);
            else if (key.KeyChar == '\u0004' && typed.Length == 0) return null;
            else if (!char.IsControl(key.KeyChar)) typed.Append(key.KeyChar);
        }
    }

    private static HostException Refusal(string reason, string id) =>
        new($"A command asks a question, but {reason}. Give the value as a parameter (or -Confirm:$false).", innerException: null, id, ErrorCategory.InvalidOperation);
}
