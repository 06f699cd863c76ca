using System.Runtime.CompilerServices;

namespace KvmPS.Stress;

/// <summary>Objects that nobody should hold any more: seen without being kept.</summary>
/// <param name="capacity">How many: the room for them is taken at once, so that what they take is not seen as a leak.</param>
internal sealed class Traces(int capacity)
{
    private readonly WeakReference[] _objects = [.. Enumerable.Range(0, capacity).Select(static _ => new WeakReference(null))];
    private int _count;

    /// <summary>Remembers an object.</summary>
    public void Add(object thing) => _objects[_count++].Target = thing;

    /// <summary>How many of them are alive after a collection, by the name of their type.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    public IReadOnlyDictionary<string, int> Alive()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return _objects.Select(static reference => reference.Target?.GetType().Name).OfType<string>().CountBy(static name => name, StringComparer.Ordinal)
            .ToDictionary(StringComparer.Ordinal);
    }
}
