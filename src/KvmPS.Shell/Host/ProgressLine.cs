using System.Diagnostics;
using System.Management.Automation;
using System.Text;

namespace KvmPS.Shell.Host;

/// <summary>The line below the output that shows the newest activity in progress. Without a terminal on standard error it shows nothing. Not thread-safe.</summary>
internal sealed class ProgressLine
{
    private const int BarLength = 24;

    // A line that changes faster than this is not read, only paid for.
    private static readonly TimeSpan RedrawInterval = TimeSpan.FromMilliseconds(80);

    private readonly List<(long Source, ProgressRecord Record)> _activities = [];
    private long _drawnAt;
    private bool _visible;

    /// <summary>Takes in a record: a new activity, news of a known one, or its end.</summary>
    public void Update(long source, ProgressRecord record)
    {
        int known = _activities.FindIndex(entry => entry.Source == source && entry.Record.ActivityId == record.ActivityId);
        if (record.RecordType == ProgressRecordType.Completed)
        {
            if (known < 0) return;
            _activities.RemoveAt(known);
            Hide();
        }
        else if (known < 0)
        {
            _activities.Add((source, record));
        }
        else
        {
            _activities[known] = (source, record);
        }
    }

    /// <summary>Shows the newest activity, unless the line was drawn a moment ago.</summary>
    public void Draw()
    {
        if (!Terminal.ErrorHasColor || _activities.Count == 0) return;
        if (_visible && Stopwatch.GetElapsedTime(_drawnAt) < RedrawInterval) return;

        string text = Describe(_activities[^1].Record);
        int room = Math.Max(Terminal.Width - 1, 1);
        Console.Error.Write($"\r\e[K{(text.Length > room ? text[..room] : text)}");
        _visible = true;
        _drawnAt = Stopwatch.GetTimestamp();
    }

    /// <summary>Takes the line off the screen; the activities stay known.</summary>
    public void Hide()
    {
        if (!_visible) return;
        Console.Error.Write("\r\e[K");
        _visible = false;
    }

    /// <summary>Takes the line off the screen and forgets all activities.</summary>
    public void Clear()
    {
        Hide();
        _activities.Clear();
    }

    /// <summary>One line about an activity: name, status, bar and remaining time, as far as they are known.</summary>
    internal static string Describe(ProgressRecord record)
    {
        StringBuilder text = new(OneLine(record.Activity));
        if (!string.IsNullOrWhiteSpace(record.StatusDescription)) text.Append(": ").Append(OneLine(record.StatusDescription));
        if (record.PercentComplete >= 0)
        {
            int done = Math.Min(record.PercentComplete, 100);
            int filled = done * BarLength / 100;
            text.Append(" [").Append('#', filled).Append(' ', BarLength - filled).Append($"] {done}%");
        }

        if (record.SecondsRemaining >= 0) text.Append($" {TimeSpan.FromSeconds(record.SecondsRemaining):mm\\:ss} left");
        return text.ToString();
    }

    private static string OneLine(string text) => text.ReplaceLineEndings(" ");
}
