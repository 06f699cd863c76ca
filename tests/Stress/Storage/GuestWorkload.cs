using KvmPS.Core.Block;
using KvmPS.Native;

namespace KvmPS.Stress.Storage;

/// <summary>
/// A guest that uses its disk at random and knows afterwards what may be on it. It writes where it wrote before more often than elsewhere, in
/// whole clusters and in parts of them. Its mood changes: it fills the disk for a while, empties it, flushes all the time or never.
/// </summary>
internal sealed class GuestWorkload : IDisposable
{
    private const int MostSectors = 256;
    private const int NearSectors = 512; // of the place where it wrote last
    private const int LongestMood = 60; // requests

    /// <summary>How many of a hundred requests write, zero, discard and read; the rest flushes.</summary>
    private static readonly (int Write, int Zero, int Discard, int Read)[] Moods =
    [
        (50, 10, 15, 10),
        (80, 2, 3, 5),
        (20, 20, 45, 5),
        (45, 5, 10, 5),
        (60, 15, 20, 5),
    ];

    private readonly Random _random;
    private readonly GuestShadow _shadow;
    private readonly IoBuffer _buffer = new(MostSectors * SectorPattern.Size);
    private readonly IoVector _vector = new();
    private (int Write, int Zero, int Discard, int Read) _mood = Moods[0];
    private int _moodLeft;
    private int _place;

    /// <summary>A guest.</summary>
    /// <param name="seed">The source of all that it does.</param>
    /// <param name="shadow">What it knows of its disk.</param>
    public GuestWorkload(int seed, GuestShadow shadow)
    {
        _random = new Random(seed);
        _shadow = shadow;
    }

    /// <summary>How many requests it made.</summary>
    public long Requests { get; private set; }

    /// <summary>Makes one request.</summary>
    /// <exception cref="CrashFailureException">It read what it did not write.</exception>
    public void Step(IBlockBackend disk)
    {
        Requests++;
        if (_moodLeft-- == 0) (_mood, _moodLeft) = (Moods[_random.Next(Moods.Length)], _random.Next(LongestMood));
        int choice = _random.Next(100);
        if ((choice -= _mood.Write) < 0) Write(disk);
        else if ((choice -= _mood.Zero) < 0) WriteZeroes(disk);
        else if ((choice -= _mood.Discard) < 0) Discard(disk);
        else if ((choice - _mood.Read) < 0) Read(disk);
        else Flush(disk);
    }

    /// <summary>Puts all on stable storage.</summary>
    public void Flush(IBlockBackend disk)
    {
        GuestFlush flush = _shadow.BeginFlush();
        disk.Flush();
        _shadow.Complete(flush);
    }

    /// <summary>Reads the whole disk.</summary>
    /// <exception cref="CrashFailureException">It read what it did not write.</exception>
    public void ReadAll(IBlockBackend disk)
    {
        for (int first = 0; first < _shadow.Size; first += MostSectors) Read(disk, first, Math.Min(MostSectors, _shadow.Size - first));
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _vector.Dispose();
        _buffer.Dispose();
    }

    private void Write(IBlockBackend disk)
    {
        (int first, int count) = Range();
        uint version = _shadow.NextVersion();
        SectorPattern.Fill(_buffer.Span[..(count * SectorPattern.Size)], first, version);
        _shadow.Begin(first, count, version);
        disk.Write((long)first * SectorPattern.Size, Vector(count));
        _shadow.Complete(first, count);
    }

    private void WriteZeroes(IBlockBackend disk)
    {
        (int first, int count) = Range();
        bool mayDeallocate = _random.Next(2) == 0;
        _shadow.Begin(first, count, SectorPattern.Zeroes);
        disk.WriteZeroes((long)first * SectorPattern.Size, (long)count * SectorPattern.Size, mayDeallocate);
        _shadow.Complete(first, count);
    }

    private void Discard(IBlockBackend disk)
    {
        (int first, int count) = Range();
        _shadow.Begin(first, count, SectorHistory.Discard);
        disk.Discard((long)first * SectorPattern.Size, (long)count * SectorPattern.Size);
        _shadow.Complete(first, count);
    }

    private void Read(IBlockBackend disk)
    {
        (int first, int count) = Range();
        Read(disk, first, count);
    }

    private void Read(IBlockBackend disk, int first, int count)
    {
        disk.Read((long)first * SectorPattern.Size, Vector(count));
        if (_shadow.FindFault(first, _buffer.Span[..(count * SectorPattern.Size)]) is { } fault) throw new CrashFailureException($"while the power was on, {fault}");
    }

    private IoVector Vector(int sectors)
    {
        _vector.Clear();
        _vector.Add(_buffer, 0, sectors * SectorPattern.Size);
        return _vector;
    }

    private (int First, int Count) Range()
    {
        int size = _shadow.Size;
        if (_random.Next(3) == 0) _place = _random.Next(size);
        int first = Math.Min(_random.Next(4) == 0 ? _random.Next(size) : _place + _random.Next(NearSectors), size - 1);
        int count = _random.Next(4) switch { 0 => 1, 1 => _random.Next(1, 9), 2 => 8 << _random.Next(5), _ => _random.Next(1, MostSectors + 1) };
        if (_random.Next(2) == 0) first -= first % Math.Min(count, 128); // often whole clusters
        return (first, Math.Min(count, size - first));
    }
}
