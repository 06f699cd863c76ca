using System.Globalization;
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
            string text when TryParseSpan(text, out TimeSpan span) => span,
            _ => FromSeconds(value),
        };
        if (timeout == TimeSpan.FromSeconds(-1) || timeout == Timeout.InfiniteTimeSpan) return Timeout.InfiniteTimeSpan;
        if (timeout < TimeSpan.Zero || timeout.TotalSeconds > LongestSeconds)
            throw new ArgumentTransformationMetadataException($"A time-out is 0 to {LongestSeconds:F0} seconds, or -1 for ever.");
        return timeout;
    }

    /// <summary>A TimeSpan as people write it; a bare number is seconds, not days.</summary>
    private static bool TryParseSpan(string text, out TimeSpan span)
    {
        span = default;
        return text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out span);
    }

    private static TimeSpan FromSeconds(object? value)
    {
        if (!LanguagePrimitives.TryConvertTo(value, CultureInfo.InvariantCulture, out double seconds) || double.IsNaN(seconds))
            throw new ArgumentTransformationMetadataException($"'{value}' is neither a number of seconds nor a TimeSpan.");
        if (Math.Abs(seconds) > LongestSeconds) throw new ArgumentTransformationMetadataException($"A time-out is 0 to {LongestSeconds:F0} seconds, or -1 for ever.");
        return TimeSpan.FromSeconds(seconds);
    }
}
