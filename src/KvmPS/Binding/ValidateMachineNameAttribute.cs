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
        if (arguments is not string name || string.IsNullOrWhiteSpace(name)) throw new ValidationMetadataException("The name of a machine is not empty.");
        if (name.Length > LongestName) throw new ValidationMetadataException($"The name of a machine has at most {LongestName} characters; this one has {name.Length}.");
        if (name.Any(static c => c is '*' or '?' or '[' or ']' or '`' || char.IsControl(c) || char.GetUnicodeCategory(c) == UnicodeCategory.Format))
            throw new ValidationMetadataException("The name of a machine has no wildcard characters (* ? [ ] `) and no control characters.");
    }
}
