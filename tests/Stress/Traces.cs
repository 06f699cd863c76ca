using System.Runtime.CompilerServices;

namespace KvmPS.Stress;

/// <summary>Objects that nobody should hold any more: seen without being kept.</summary>
/// <param name="capacity">How many objects it has room for at first.</param>
internal sealed class Traces(int capacity = 0)
{
    private readonly List<WeakReference> _objects = new(capacity);

    /// <summary>Remembers an object.</summary>
    public void Add(object thing) => _objects.Add(new WeakReference(thing));

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
