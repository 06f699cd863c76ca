using System.Collections;
using System.Management.Automation;

namespace KvmPS;

/// <summary>
/// Lets a parameter of names, bound by property, mean the piped object and no namesake of it. The binder shows the whole object here before it takes
/// its name: a removed machine, a copy of one, and whatever came from another computer become a name that stands for just that, and says so when it is used.
/// Strings are names and stay so, wherever they came from.
/// </summary>
/// <param name="properties">The properties that the parameter is bound by: its name and its aliases.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class MachineNameTransformationAttribute(params string[] properties) : ArgumentTransformationAttribute
{
    /// <summary>The properties that the parameter is bound by.</summary>
    public string[] Properties { get; } = properties;

    /// <summary>Whether the parameter is in the default set. The binder tries it alone there, before <c>-VM</c>; elsewhere it tries both at once, and machines are left to <c>-VM</c>.</summary>
    public bool IsDefault { get; init; } = true;

    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData)
    {
        if (inputData is null || PSObject.AsPSObject(inputData) is not { BaseObject: not (string or IList) } whole) return inputData!;
        if (Properties.Select(name => whole.Properties[name]?.Value?.ToString()).FirstOrDefault(static name => !string.IsNullOrEmpty(name)) is not { } name) return inputData;
        KvmVM? machine = MachineTransformationAttribute.MachineOf(whole);
        if (machine is not null && !IsDefault) return inputData;
        KvmVM? meant = machine ?? (Origin.OtherComputerOf(whole) is { } computer ? KvmVM.Absent(name, MachineErrors.Elsewhere(name, computer)) : null);
        return meant is null || ReferenceEquals(meant, MachineRegistry.Named(name)) ? inputData : new[] { TextFor<KvmVM>.Make(name, meant) };
    }
}
