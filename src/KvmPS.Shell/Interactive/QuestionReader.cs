using System.Management.Automation;
using KvmPS.Shell.Editing;
using KvmPS.Shell.Engine;
using KvmPS.Shell.Host;

namespace KvmPS.Shell.Interactive;

/// <summary>Answers to questions of commands, typed where the prompt is. Ctrl+C at a question stops the command that asks.</summary>
internal sealed class QuestionReader(IEditorTerminal terminal, Interruption interruption) : IAnswerReader
{
    /// <inheritdoc/>
    public string? Read(bool isHidden)
    {
        EditedLine line;
        try
        {
            line = new PlainLine(terminal, isHidden).Read(string.Empty);
        }
        catch (OperationCanceledException)
        {
            throw new PipelineStoppedException();
        }

        if (line.End == LineEnd.Accepted) return line.Text;
        if (line.End == LineEnd.EndOfInput) return null;
        interruption.Interrupt();
        throw new PipelineStoppedException();
    }
}
