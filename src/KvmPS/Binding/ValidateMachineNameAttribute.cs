using System.Globalization;
using System.Management.Automation;

namespace KvmPS;

/// <summary>Takes only names that can be typed, told from wildcard patterns, and shown in one line.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ValidateMachineNameAttribute : ValidateArgumentsAttribute
{
    private const int LongestName = 64;

    /// <inheritdoc/>
    protected override void Validate(object arguments, EngineIntrinsics engineIntrinsics)
    {
        if (ProblemOf(arguments as string) is { } problem) throw new ValidationMetadataException(problem);
    }

    /// <summary>What is wrong with a name, in one sentence; null for a good one.</summary>
    internal static string? ProblemOf(string? name)
    {
        if (string.IsNullOrWhiteSpace(name)) return "The name of a machine is not empty.";
        if (name.Length > LongestName) return $"The name of a machine has at most {LongestName} characters; this one has {name.Length}.";
        return name.Any(static c => c is '*' or '?' or '[' or ']' or '`' || char.IsControl(c) || char.GetUnicodeCategory(c) == UnicodeCategory.Format)
            ? "The name of a machine has no wildcard characters (* ? [ ] `) and no control characters."
            : null;
    }
}
