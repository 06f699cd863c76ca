using System.Diagnostics;
using System.Management.Automation;

namespace KvmPS.Commands;

/// <summary>Shows how far the work on an image is: from its second second on, and a few times a second.</summary>
internal sealed class CopyProgress : IDisposable
{
    private const long StepMilliseconds = 200;
    private const long SilentMilliseconds = 1000;

    private readonly ICmdletOutput _output;
    private readonly string _activity;
    private readonly Action<string> _status;
    private readonly long _start = Stopwatch.GetTimestamp();
    private long _shown = SilentMilliseconds - StepMilliseconds;

    /// <summary>Begins.</summary>
    /// <param name="output">Where it is shown.</param>
    /// <param name="activity">What is done, to which image.</param>
    /// <param name="status">Is told the same in words, each time.</param>
    public CopyProgress(ICmdletOutput output, string activity, Action<string>? status = null)
    {
        _output = output;
        _activity = activity;
        _status = status ?? (static _ => { });
    }

    /// <summary>Tells how far it is.</summary>
    /// <param name="done">Bytes that are done.</param>
    /// <param name="all">All bytes.</param>
    public void Report(long done, long all)
    {
        long elapsed = (long)Stopwatch.GetElapsedTime(_start).TotalMilliseconds;
        if (elapsed - _shown < StepMilliseconds && done < all) return;
        int percent = (int)((double)done / all * 100);
        string text = $"{done >> 20} of {all >> 20} MiB";
        _status($"{percent} %, {text}");
        if (elapsed - _shown < StepMilliseconds) return;
        _shown = elapsed;
        _output.WriteProgress(new ProgressRecord(ActivityId, _activity, text) { PercentComplete = percent });
    }

    /// <summary>Takes the progress bar away.</summary>
    public void Dispose()
    {
        if (_shown >= SilentMilliseconds) _output.WriteProgress(new ProgressRecord(ActivityId, _activity, "Done") { RecordType = ProgressRecordType.Completed });
    }

    /// <summary>One bar for each image: several jobs may be received at once.</summary>
    private int ActivityId => StringComparer.Ordinal.GetHashCode(_activity) & int.MaxValue;
}
