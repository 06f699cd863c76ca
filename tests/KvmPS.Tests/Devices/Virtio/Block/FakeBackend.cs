using KvmPS.Core.Block;
using KvmPS.Native;

namespace KvmPS.Tests.Devices.Virtio.Block;

/// <summary>A disk in an array that remembers what was asked of it, fails when told to, and keeps whoever waits for it waiting.</summary>
internal sealed class FakeBackend(int sectors = 2048) : IBlockBackend
{
    private readonly List<string> _calls = [];
    private readonly ManualResetEventSlim _gate = new(initialState: true);
    private byte[] _bytes = new byte[sectors * 512];
    private int _inside;
    private int _mostInside;

    /// <summary>What is on it.</summary>
    public byte[] Bytes => _bytes;

    public long Length => _bytes.Length;

    public bool IsReadOnly { get; init; }

    public BlockLimits Limits { get; init; } = new(512, 4096, 4096);

    public bool WritesAtOnce { get; init; } = true;

    /// <summary>Whether a read, by its offset, needs no waiting.</summary>
    public Func<long, bool> ReadsAtOnce { get; set; } = static _ => true;

    /// <summary>What a call throws, by its name.</summary>
    public Func<string, Exception?> Fault { get; set; } = static _ => null;

    /// <summary>How many calls are under way.</summary>
    public int Inside => Volatile.Read(ref _inside);

    /// <summary>How many were at once.</summary>
    public int MostInside => Volatile.Read(ref _mostInside);

    /// <summary>What was asked, in the order in which it was done.</summary>
    public string[] Calls
    {
        get
        {
            lock (_calls) return [.. _calls];
        }
    }

    /// <summary>From now on calls that may wait do.</summary>
    public void Close() => _gate.Reset();

    /// <summary>Lets everybody go on.</summary>
    public void Open() => _gate.Set();

    /// <summary>Makes it another size.</summary>
    public void SetSectors(int count) => Array.Resize(ref _bytes, count * 512);

    public void Read(long offset, IoVector destination) => Wait("read", offset, destination.Length, () => destination.CopyFrom(_bytes.AsSpan((int)offset, (int)destination.Length)));

    public bool TryReadAtOnce(long offset, IoVector destination)
    {
        if (!ReadsAtOnce(offset)) return false;
        if (Fault("read") is { } fault) throw fault;
        destination.CopyFrom(_bytes.AsSpan((int)offset, (int)destination.Length));
        return true;
    }

    public void Write(long offset, IoVector source) => Wait("write", offset, source.Length, () => source.CopyTo(_bytes.AsSpan((int)offset, (int)source.Length)));

    public void WriteZeroes(long offset, long length, bool mayDeallocate) =>
        Wait(mayDeallocate ? "unmap" : "zero", offset, length, () => _bytes.AsSpan((int)offset, (int)length).Clear());

    public void Discard(long offset, long length) => Wait("discard", offset, length, () => _bytes.AsSpan((int)offset, (int)length).Clear());

    public void Flush() => Wait("flush", 0, 0, static () => { });

    public void Dispose() => _gate.Dispose();

    private void Wait(string call, long offset, long length, Action action)
    {
        int inside = Interlocked.Increment(ref _inside);
        for (int most = MostInside; inside > most; most = MostInside) Interlocked.CompareExchange(ref _mostInside, inside, most);
        try
        {
            _gate.Wait();
            if (Fault(call) is { } fault) throw fault;
            action();
            lock (_calls) _calls.Add($"{call} {offset}+{length}");
        }
        finally
        {
            Interlocked.Decrement(ref _inside);
        }
    }
}
