namespace KvmPS.Shell.Host;

/// <summary>Reads answers to questions in place of the console itself.</summary>
internal interface IAnswerReader
{
    /// <summary>Reads a line, without its end.</summary>
    /// <param name="isHidden">Whether it is not shown.</param>
    /// <returns>The line, or null at the end of the input.</returns>
    /// <exception cref="System.Management.Automation.PipelineStoppedException">The command that asked was stopped meanwhile.</exception>
    string? Read(bool isHidden);
}
