using System.Collections;
using System.Globalization;
using System.Management.Automation;

namespace KvmPS;

/// <summary>
/// Takes addresses and register values as people write them. PowerShell reads <c>0xffffffff81000000</c> and <c>0xffffffff</c> as negative
/// numbers; here they are the 64 or 32 bits that were written. Strings may be hexadecimal, with <c>0x</c>.
/// </summary>
[AttributeUsage(AttributeTargets.Property)]
internal sealed class UnsignedTransformationAttribute : ArgumentTransformationAttribute
{
    /// <inheritdoc/>
    public override object Transform(EngineIntrinsics engineIntrinsics, object inputData) => Unwrap(inputData) switch
    {
        IList list => list.Cast<object>().Select(Convert).ToArray(),
        _ => Convert(inputData),
    };

    /// <summary>The number that a value means.</summary>
    /// <exception cref="ArgumentTransformationMetadataException">It means none between 0 and 2^64 - 1.</exception>
    public static ulong ToUnsigned(object? value) => Unwrap(value) switch
    {
        ulong number => number,
        int number => unchecked((uint)number),
        long number => unchecked((ulong)number),
        string text when IsHexadecimal(text, out ulong number) => number,
        bool flag => flag ? 1ul : 0,
        null => throw new ArgumentTransformationMetadataException("A number is missing."),
        object other when LanguagePrimitives.TryConvertTo(other, CultureInfo.InvariantCulture, out ulong number) => number,
        object other => throw new ArgumentTransformationMetadataException($"'{other}' is no number between 0 and 0xffffffffffffffff."),
    };

    private static object Convert(object value) => ToUnsigned(value);

    private static object? Unwrap(object? value) => value is PSObject wrapped ? wrapped.BaseObject : value;

    private static bool IsHexadecimal(string text, out ulong number)
    {
        number = 0;
        return text.StartsWith("0x", StringComparison.OrdinalIgnoreCase)
            && ulong.TryParse(text.AsSpan(2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out number);
    }
}
