using System.Management.Automation;

namespace KvmPS;

/// <summary>Lets a time-out be a number of seconds (fractions allowed) or a TimeSpan; -1 means for ever.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class TimeoutTransformationAttribute : ArgumentTransformationAttribute
{
    private const double LongestSeconds = int.MaxValue / 1000.0; // what a wait of the system can take

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        TimeSpan timeout = value switch
        {
            TimeSpan span => span,
            string text when Spans.TryParse(text, out TimeSpan span) => span,
            _ => FromSeconds(value),
        };
        if (timeout == TimeSpan.FromSeconds(-1) || timeout == Timeout.InfiniteTimeSpan) return Timeout.InfiniteTimeSpan;
        if (timeout < TimeSpan.Zero || timeout.TotalSeconds > LongestSeconds)
            throw new ArgumentTransformationMetadataException($"A time-out is 0 to {LongestSeconds:F0} seconds, or -1 for ever.");
        return timeout;
    }

    private static TimeSpan FromSeconds(object? value)
    {
        double seconds = Spans.Seconds(value);
        if (Math.Abs(seconds) > LongestSeconds) throw new ArgumentTransformationMetadataException($"A time-out is 0 to {LongestSeconds:F0} seconds, or -1 for ever.");
        return TimeSpan.FromSeconds(seconds);
    }
}
