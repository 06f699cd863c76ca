namespace KvmPS.Core.Machine;

/// <summary>
/// What a user should be told of a machine that goes on: a disk that is full, a driver that broke the rules. Kept until somebody asks, so that the next
/// cmdlet can say it; a guest that causes thousands is told of once in a while and not more.
/// </summary>
public sealed class MachineNotices
{
    private const int Most = 50;

    private readonly object _gate = new(); // a leaf: held for no call
    private Queue<string> _texts = new();
    private int _dropped;

    /// <summary>Notes something. Safe from any thread; the same as the last one is noted once.</summary>
    public void Add(string text)
    {
        lock (_gate)
        {
            if (_texts.Count > 0 && _texts.Last() == text) return;
            if (_texts.Count < Most) _texts.Enqueue(text);
            else _dropped++;
        }
    }

    /// <summary>Tells what nobody has been told of, oldest first. What is left when the teller throws is kept for the next one.</summary>
    public void Tell(Action<string> teller)
    {
        IReadOnlyList<string> taken = Take();
        int told = 0;
        try
        {
            while (told < taken.Count) teller(taken[told++]);
        }
        finally
        {
            if (told < taken.Count) PutBack(taken.Skip(told));
        }
    }

    /// <summary>Takes what nobody has been told of, oldest first.</summary>
    public IReadOnlyList<string> Take()
    {
        lock (_gate)
        {
            if (_texts.Count == 0) return [];
            List<string> taken = [.. _texts];
            if (_dropped > 0) taken.Add($"{_dropped} more notices of this machine were left out.");
            _texts.Clear();
            _dropped = 0;
            return taken;
        }
    }

    /// <summary>Before what was noted meanwhile.</summary>
    private void PutBack(IEnumerable<string> texts)
    {
        lock (_gate) _texts = new Queue<string>(texts.Concat(_texts));
    }
}
