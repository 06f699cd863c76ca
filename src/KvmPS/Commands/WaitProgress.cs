using System.Diagnostics;
using System.Management.Automation;
using KvmPS.Core.Serial;

namespace KvmPS.Commands;

/// <summary>Shows that a cmdlet waits: once a second, with the machine's last console line. Nothing is shown of waits under a second.</summary>
internal sealed class WaitProgress : IDisposable
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    private readonly ICmdletOutput _output;
    private readonly KvmVM _vm;
    private readonly string _activity;
    private readonly TimeSpan _timeout;
    private readonly long _start = Stopwatch.GetTimestamp();
    private bool _shown;

    /// <summary>Begins a wait.</summary>
    public WaitProgress(ICmdletOutput output, KvmVM vm, string activity, TimeSpan timeout)
    {
        _output = output;
        _vm = vm;
        _activity = activity;
        _timeout = timeout;
    }

    /// <summary>Calls a wait, which wakes as soon as it has its answer, with a second at a time until it succeeds or the time is over.</summary>
    public bool While(Func<TimeSpan, bool> wait)
    {
        while (true)
        {
            TimeSpan rest = _timeout == Timeout.InfiniteTimeSpan ? Step : _timeout - Stopwatch.GetElapsedTime(_start);
            if (rest <= Step && _timeout != Timeout.InfiniteTimeSpan) return wait(rest > TimeSpan.Zero ? rest : TimeSpan.Zero);
            if (wait(Step)) return true;
            Show();
        }
    }

    /// <summary>Takes the progress bar away.</summary>
    public void Dispose()
    {
        if (_shown) _output.WriteProgress(new ProgressRecord(ActivityId, _activity, "Done") { RecordType = ProgressRecordType.Completed });
    }

    /// <summary>One bar for each machine: several jobs may be received at once.</summary>
    private int ActivityId => _vm.Id.GetHashCode() & int.MaxValue;

    /// <summary>Shows how long it takes, unless it was a moment only.</summary>
    public void Show()
    {
        TimeSpan elapsed = Stopwatch.GetElapsedTime(_start);
        if (elapsed < Step) return;
        _shown = true;
        var record = new ProgressRecord(ActivityId, _activity, LastLine() ?? _vm.State.ToString()) { CurrentOperation = $"{elapsed.TotalSeconds:F0} s" };
        if (_timeout != Timeout.InfiniteTimeSpan) record.SecondsRemaining = (int)(_timeout - elapsed).TotalSeconds;
        _output.WriteProgress(record);
    }

    /// <summary>The last whole line of the console; a guest that is in the middle of one has not said it yet.</summary>
    private string? LastLine()
    {
        if (_vm.Machine.Spoken?.Log is not { } log) return null;
        SerialLine[] lines = [.. log.LinesFrom(log.FindTail(2)).Where(static line => line.Text.Length > 0)];
        return (lines.LastOrDefault(static line => line.IsComplete) ?? lines.LastOrDefault())?.Text;
    }
}
