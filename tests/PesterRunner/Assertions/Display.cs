using System.Collections;
using System.Management.Automation;

namespace PesterRunner.Assertions;

/// <summary>Values as failure messages show them.</summary>
internal static class Display
{
    private const int ItemLimit = 10;

    public static string Of(object? value) => (value is PSObject wrapped ? wrapped.BaseObject : value) switch
    {
        null => "$null",
        bool flag => flag ? "$true" : "$false",
        "" => "<empty>",
        string text => $"'{text}'",
        DateTime time => time.ToString("o"),
        Type type => $"[{Text(type)}]",
        ScriptBlock block => $"{{{block}}}",
        IDictionary dictionary => Text(dictionary),
        ICollection { Count: 1 } items when Only(items) is ValueType or string => Text(Only(items)),
        ICollection items => Items(items),
        // A custom object's text is that of its wrapper.
        _ => Text(value),
    };

    private static string Items(ICollection items)
    {
        string shown = string.Join(", ", items.Cast<object?>().Take(ItemLimit).Select(Of));
        return items.Count > ItemLimit ? $"@({shown}, ...{items.Count - ItemLimit} more)" : $"@({shown})";
    }

    private static object? Only(ICollection items) => items.Cast<object?>().Select(item => item is PSObject wrapped ? wrapped.BaseObject : item).Single();

    private static string Text(object? value) => LanguagePrimitives.ConvertTo<string>(value);
}
