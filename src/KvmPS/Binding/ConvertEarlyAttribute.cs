using System.Globalization;
using System.Management.Automation;

namespace KvmPS;

/// <summary>
/// Converts a value before the binder compares types. Properties of one piped object then all bind in the binder's first pass, and it settles on
/// the right set of parameters; else one property that needs a conversion (a size of type int, <c>256MB</c> from a CSV file) pulls it to the default set.
/// </summary>
/// <param name="type">The type of the parameter.</param>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class ConvertEarlyAttribute(Type type) : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) =>
        LanguagePrimitives.TryConvertTo(inputData, type, CultureInfo.InvariantCulture, out object converted) ? converted : inputData; // the binder has the error
}
