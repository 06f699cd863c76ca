using KvmPS.Core.Block.Qcow2;
using Xunit;

namespace KvmPS.Tests.Block.Qcow2;

/// <summary>A disk and a flat copy of what it must read as, driven by seeded random operations.</summary>
internal sealed class ShadowedDisk(Qcow2Image disk, Random random, byte[]? content = null)
{
    private byte[] _shadow = content ?? new byte[disk.Length];
    private byte _next = 1;

    public Qcow2Image Disk { get; } = disk;

    public byte[] Shadow => _shadow;

    /// <summary>Does one operation.</summary>
    public void Step(int mostBytes)
    {
        switch (random.Next(20))
        {
            case < 11:
                Write(mostBytes);
                break;
            case < 14:
                (int at, int length) = Range(mostBytes * 4);
                Disk.WriteZeroes(at, length, mayDeallocate: random.Next(2) == 0);
                _shadow.AsSpan(at, length).Clear();
                break;
            case < 16:
                Discard(mostBytes * 4);
                break;
            case 16:
                Disk.Flush();
                break;
            default:
                (int from, int count) = Range(mostBytes);
                Assert.True(_shadow.AsSpan(from, count).SequenceEqual(ImageRig.Read(Disk, from, count)), $"Wrong bytes at {from}, {count}.");
                break;
        }
    }

    /// <summary>Changes the size.</summary>
    public void Resize(int size)
    {
        Disk.Resize(size);
        Array.Resize(ref _shadow, size);
    }

    /// <summary>Reads all of it.</summary>
    public void Verify() => Assert.True(_shadow.AsSpan().SequenceEqual(ImageRig.ReadAll(Disk)), "The disk reads other than what was written.");

    private void Write(int mostBytes)
    {
        (int at, int length) = Range(mostBytes);
        Span<byte> bytes = _shadow.AsSpan(at, length);
        for (int i = 0; i < length; i += 512) bytes.Slice(i, 512).Fill(_next = (byte)(_next == 255 ? 1 : _next + 1));
        ImageRig.Write(Disk, at, bytes);
    }

    /// <summary>A discarded range reads as zero or as before, by the cluster.</summary>
    private void Discard(int mostBytes)
    {
        (int at, int length) = Range(mostBytes);
        Disk.Discard(at, length);
        byte[] now = ImageRig.Read(Disk, at, length);
        for (int i = 0; i < length; i += 512)
        {
            Span<byte> sector = now.AsSpan(i, 512);
            Assert.True(sector.SequenceEqual(_shadow.AsSpan(at + i, 512)) || !sector.ContainsAnyExcept((byte)0), "A discarded sector has strange content.");
        }

        now.CopyTo(_shadow, at);
    }

    private (int Offset, int Length) Range(int most)
    {
        int sectors = _shadow.Length / 512;
        int length = Math.Min(sectors, random.Next(1, Math.Max(2, most / 512)));
        int at = random.Next(sectors - length + 1);
        if (random.Next(3) == 0) at &= ~127;
        return (Math.Min(at, sectors - length) * 512, length * 512);
    }
}
