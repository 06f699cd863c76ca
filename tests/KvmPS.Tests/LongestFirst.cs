using KvmPS.Tests.Guests;
using Xunit;
using Xunit.Sdk;
using Xunit.v3;

[assembly: TestCollectionOrderer(typeof(KvmPS.Tests.LongestFirst))]

namespace KvmPS.Tests;

/// <summary>
/// Begins with the collections that take minutes, so that none of them is left to run alone at the end. The order of the others stays
/// unpredictable: no test may depend on it.
/// </summary>
public sealed class LongestFirst : ITestCollectionOrderer
{
    private static readonly string[] Long =
    [
        nameof(LinuxDiskTests),
        nameof(LinuxTests),
        nameof(LinuxConsoleTests),
        nameof(GuestCollection),
    ];

    /// <inheritdoc/>
    public IReadOnlyCollection<TTestCollection> OrderTestCollections<TTestCollection>(IReadOnlyCollection<TTestCollection> testCollections)
        where TTestCollection : ITestCollection =>
        [.. DefaultTestCollectionOrderer.Instance.OrderTestCollections(testCollections).OrderBy(Rank)]; // which keeps the order of equals

    private static int Rank<TTestCollection>(TTestCollection collection)
        where TTestCollection : ITestCollection
    {
        int place = Array.FindIndex(Long, name => collection.TestCollectionDisplayName.Contains(name, StringComparison.Ordinal));
        return place < 0 ? Long.Length : place;
    }
}
