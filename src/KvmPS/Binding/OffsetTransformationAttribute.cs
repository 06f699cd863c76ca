using System.Management.Automation;
using KvmPS.Core.Machine;

namespace KvmPS;

/// <summary>Lets the offset of a clock be a number of seconds (negative when it is behind) or a TimeSpan.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class OffsetTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        object? value = inputData is PSObject wrapped ? wrapped.BaseObject : inputData;
        double seconds = value switch
        {
            TimeSpan span => span.TotalSeconds,
            string text when Spans.TryParse(text, out TimeSpan span) => span.TotalSeconds,
            _ => Spans.Seconds(value),
        };
        if (Math.Abs(seconds) > ConfigurationLimits.MostClockOffsetSeconds)
            throw new ArgumentTransformationMetadataException($"A clock is at most {ConfigurationLimits.MostClockOffsetSeconds} seconds off, which is a hundred years.");
        return TimeSpan.FromSeconds(seconds);
    }
}
