using System.Management.Automation;

namespace KvmPS.Commands;

/// <summary>Where a cmdlet's work writes: to the pipeline, when the cmdlet does it at once, or to the streams of a job.</summary>
internal interface ICmdletOutput
{
    /// <summary>Writes an object.</summary>
    void WriteObject(object sendToPipeline);

    /// <summary>Writes an error; the work may go on.</summary>
    void WriteError(ErrorRecord errorRecord);

    /// <summary>Writes a warning.</summary>
    void WriteWarning(string text);

    /// <summary>Tells a step of the story.</summary>
    void WriteVerbose(string text);

    /// <summary>Shows how far the work is.</summary>
    void WriteProgress(ProgressRecord progressRecord);
}
