using System.Management.Automation;

namespace KvmPS.Shell.Host;

/// <summary>
/// Standard output and standard error, kept apart from the progress line: whoever writes text first takes that line away.
/// LOCK ORDER: one lock, taken last; jobs and event handlers write from their own threads.
/// </summary>
internal sealed class ConsoleOutput
{
    private readonly Lock _lock = new();
    private readonly ProgressLine _progress = new();
    private bool _atLineStart = true;

    /// <summary>Whether standard output is left alone and everything goes to standard error, without the empty lines of the views.</summary>
    public bool AllToError { get; set; }

    /// <summary>Writes text to standard output.</summary>
    public void Write(string text)
    {
        if (!AllToError) Write(Console.Out, text, Terminal.OutputHasColor);
        else if (!string.IsNullOrWhiteSpace(text)) WriteError(text);
    }

    /// <summary>Writes text to standard error.</summary>
    public void WriteError(string text) => Write(Console.Error, text, Terminal.ErrorHasColor);

    /// <summary>Writes text with escape sequences to the terminal, for the line editor alone.</summary>
    public void WriteToTerminal(string text) => Write(Console.Out, text, color: true);

    /// <summary>Shows how far something has come, if there is a terminal to show it on.</summary>
    public void Report(long sourceId, ProgressRecord record)
    {
        lock (_lock)
        {
            _progress.Update(sourceId, record);
            // A half-written line would be overwritten by the bar.
            if (_atLineStart) _progress.Draw();
        }
    }

    /// <summary>Forgets all progress; called when a pipeline ends, since some commands never say that they are done.</summary>
    public void ClearProgress()
    {
        lock (_lock) _progress.Clear();
    }

    private void Write(TextWriter writer, string text, bool color)
    {
        if (text.Length == 0) return;
        lock (_lock)
        {
            _progress.Hide();
            writer.Write(Terminal.Decorate(text, color));
            _atLineStart = text[^1] == '\n';
        }
    }
}
