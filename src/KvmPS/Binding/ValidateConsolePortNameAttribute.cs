using System.Management.Automation;
using KvmPS.Core.Machine;

namespace KvmPS;

/// <summary>Takes only names that a console port can have.</summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ValidateConsolePortNameAttribute : ValidateEnumeratedArgumentsAttribute
{
    /// <inheritdoc/>
    protected override void ValidateElement(object element)
    {
        string name = element as string ?? "";
        if (!ConsolePortNames.IsValid(name)) throw new ValidationMetadataException($"'{name}' is no name for a console port. It is {ConsolePortNames.Rule}.");
    }
}
