using System.Text;
using KvmPS.Tests.Native;

namespace KvmPS.Tests.Serial;

/// <summary>A disk that stands still until its gate is opened, or that fails.</summary>
internal sealed class GatedStream : MemoryStream
{
    private readonly ManualResetEventSlim _gate = new();
    private readonly Lock _lock = new();
    private readonly MemoryStream _written = new();

    /// <summary>What every write throws from now on, one that stands at the gate too.</summary>
    public Exception? Failure { get; set; }

    /// <summary>Set when a write has begun.</summary>
    public ManualResetEventSlim Entered { get; } = new();

    public long Count
    {
        get { lock (_lock) return _written.Length; }
    }

    public string Text
    {
        get { lock (_lock) return Encoding.ASCII.GetString(_written.ToArray()); }
    }

    public void Open() => _gate.Set();

    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (Failure is not null) throw Failure;
        Entered.Set();
        if (!_gate.Wait(Patience.Long)) throw new TimeoutException("The test did not open the gate.");
        if (Failure is not null) throw Failure;
        lock (_lock) _written.Write(buffer);
    }
}
