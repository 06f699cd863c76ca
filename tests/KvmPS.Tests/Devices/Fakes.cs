using KvmPS.Core.Devices;

namespace KvmPS.Tests.Devices;

/// <summary>An interrupt wire that remembers its level and counts its rising edges.</summary>
internal sealed class FakeLine : IInterruptLine
{
    public bool Asserted { get; private set; }

    public int Edges { get; private set; }

    public void Set(bool asserted)
    {
        if (asserted && !Asserted) Edges++;
        Asserted = asserted;
    }
}

/// <summary>A machine that notes what was asked of it.</summary>
internal sealed class FakeSystem : ISystemControl
{
    public List<ResetSource> Resets { get; } = [];

    public List<int> Exits { get; } = [];

    public void RequestReset(ResetSource source) => Resets.Add(source);

    public int PowerOffs { get; private set; }

    public List<string> Panics { get; } = [];

    public List<int> ReadyCodes { get; } = [];

    public void RequestExit(int code) => Exits.Add(code);

    public void RequestPowerOff() => PowerOffs++;

    public void ReportPanic(string how) => Panics.Add(how);

    public void ReportReady(int code) => ReadyCodes.Add(code);
}

/// <summary>A machine that takes no notes: for tests that count allocations, or ask very often.</summary>
internal sealed class NullSystem : ISystemControl
{
    public void RequestReset(ResetSource source)
    {
    }

    public void RequestExit(int code)
    {
    }

    public void RequestPowerOff()
    {
    }

    public void ReportPanic(string how)
    {
    }

    public void ReportReady(int code)
    {
    }
}

/// <summary>Collects what a guest sends and holds what it is to receive.</summary>
internal sealed class FakeTerminal : ISerialSink, ISerialSource
{
    private int _taken;

    public List<byte> Sent { get; } = [];

    public int BulkWrites { get; private set; }

    public List<bool> Polls { get; } = [];

    public byte[] Input { get; set; } = [];

    public int Left => Input.Length - _taken;

    public bool HasInput => Left > 0;

    public void Write(byte value) => Sent.Add(value);

    public void Write(ReadOnlySpan<byte> bytes)
    {
        BulkWrites++;
        Sent.AddRange(bytes);
    }

    public void PollingChanged(bool polls) => Polls.Add(polls);

    public int Take(Span<byte> destination)
    {
        int count = Math.Min(destination.Length, Left);
        Input.AsSpan(_taken, count).CopyTo(destination);
        _taken += count;
        return count;
    }
}

/// <summary>Swallows what a guest sends, without storing it.</summary>
internal sealed class NullTerminal : ISerialSink, ISerialSource
{
    public bool HasInput => true;

    public void Write(byte value)
    {
    }

    public void Write(ReadOnlySpan<byte> bytes)
    {
    }

    public int Take(Span<byte> destination)
    {
        destination[0] = (byte)'x';
        return 1;
    }
}

/// <summary>Memory behind a range: it answers with its offsets and remembers the accesses.</summary>
internal sealed class FakeDevice(string name) : IBusDevice
{
    public string Name => name;

    public List<(ulong Offset, byte[] Data)> Writes { get; } = [];

    public List<(ulong Offset, int Length)> Reads { get; } = [];

    public int Resets { get; private set; }

    public void Read(ulong offset, Span<byte> data)
    {
        Reads.Add((offset, data.Length));
        for (int i = 0; i < data.Length; i++) data[i] = (byte)(offset + (ulong)i);
    }

    public void Write(ulong offset, ReadOnlySpan<byte> data) => Writes.Add((offset, data.ToArray()));

    public void Reset() => Resets++;
}

/// <summary>Counts the bytes that a piece of code allocates on this thread.</summary>
internal static class Allocations
{
    public static long Of(Action warmUpAndMeasured)
    {
        warmUpAndMeasured();
        warmUpAndMeasured();
        long before = GC.GetAllocatedBytesForCurrentThread();
        warmUpAndMeasured();
        return GC.GetAllocatedBytesForCurrentThread() - before;
    }
}
