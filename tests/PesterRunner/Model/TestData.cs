using System.Collections;
using System.Management.Automation;

namespace PesterRunner.Model;

/// <summary>One item of <c>-ForEach</c>: it becomes <c>$_</c>, and the keys of a dictionary become variables and named parameters as well.</summary>
internal sealed class TestData
{
    private readonly bool _given;
    private readonly object? _item;

    private TestData(bool given, object? item)
    {
        _given = given;
        _item = item;
        if ((item is PSObject wrapped ? wrapped.BaseObject : item) is not IDictionary dictionary) return;
        foreach (DictionaryEntry entry in dictionary) Named[LanguagePrimitives.ConvertTo<string>(entry.Key)] = entry.Value;
    }

    /// <summary>No data at all.</summary>
    public static TestData None { get; } = new(given: false, item: null);

    /// <summary>The keys and values to splat onto the test's script block.</summary>
    public Hashtable Named { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>The variables to set around the test.</summary>
    public IEnumerable<KeyValuePair<string, object?>> Variables
    {
        get
        {
            foreach (DictionaryEntry entry in Named) yield return new((string)entry.Key, entry.Value);
            if (_given) yield return new("_", _item);
        }
    }

    /// <summary>The cases of a <c>-ForEach</c> argument: one a element, none for an empty or null one.</summary>
    public static IEnumerable<TestData> Cases(object? forEach) =>
        LanguagePrimitives.GetEnumerable(forEach) is { } items
            ? items.Cast<object?>().Select(item => new TestData(given: true, item))
            : forEach is null ? [] : [new TestData(given: true, forEach)];
}
