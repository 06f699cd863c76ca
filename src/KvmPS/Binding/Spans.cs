using System.Globalization;
using System.Management.Automation;

namespace KvmPS;

/// <summary>Spans of time as people give them: a TimeSpan, its text, or a number of seconds.</summary>
internal static class Spans
{
    /// <summary>A TimeSpan as people write it; a bare number is seconds, not days.</summary>
    public static bool TryParse(string text, out TimeSpan span)
    {
        span = default;
        return text.Contains(':', StringComparison.Ordinal) && TimeSpan.TryParse(text, CultureInfo.InvariantCulture, out span);
    }

    /// <summary>A number of seconds.</summary>
    /// <exception cref="ArgumentTransformationMetadataException">It is none.</exception>
    public static double Seconds(object? value) =>
        LanguagePrimitives.TryConvertTo(value, CultureInfo.InvariantCulture, out double seconds) && !double.IsNaN(seconds)
            ? seconds
            : throw new ArgumentTransformationMetadataException($"'{value}' is neither a number of seconds nor a TimeSpan.");
}
