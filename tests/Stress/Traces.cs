using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace KvmPS.Stress;

/// <summary>Objects that nobody should hold any more: seen without being kept.</summary>
/// <param name="capacity">How many: the room for them is taken at once, so that what they take is not seen as a leak.</param>
internal sealed class Traces(int capacity)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    private readonly WeakReference[] _objects = [.. Enumerable.Range(0, capacity).Select(static _ => new WeakReference(null))];
    private int _count;

    /// <summary>Remembers an object.</summary>
    public void Add(object thing) => _objects[_count++].Target = thing;

    /// <summary>
    /// How many of them stay alive, by the name of their type. A thread on its way out may still hold what it worked on: so long as any is left, they are
    /// looked for again, for a few seconds. A leak does not go away.
    /// </summary>
    public IReadOnlyDictionary<string, int> Alive()
    {
        long start = Stopwatch.GetTimestamp();
        while (true)
        {
            IReadOnlyDictionary<string, int> alive = AliveNow();
            if (alive.Count == 0 || Stopwatch.GetElapsedTime(start) > Patience) return alive;
            Thread.Sleep(Pause);
        }
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private Dictionary<string, int> AliveNow()
    {
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        return _objects.Select(static reference => reference.Target?.GetType().Name).OfType<string>().CountBy(static name => name, StringComparer.Ordinal)
            .ToDictionary(StringComparer.Ordinal);
    }
}
