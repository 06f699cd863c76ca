using KvmPS.Core.Block;
using Xunit;

namespace KvmPS.Tests.Block;

/// <summary>Random requests to a backend and, beside it, to an array; both must agree.</summary>
internal sealed class ShadowDisk(IBlockBackend backend, byte[] bytes, int seed)
{
    private const int Sector = 512;

    private readonly Random _random = new(seed);

    /// <summary>What the disk should hold. After a discard it is what the disk says.</summary>
    public byte[] Bytes => bytes;

    public void Run(int operations)
    {
        Assert.Equal(bytes.Length, backend.Length);
        for (int i = 0; i < operations; i++) Step(i);
        Compare();
    }

    public void Compare()
    {
        for (int offset = 0; offset < bytes.Length; offset += 1 << 20)
            Assert.Equal(bytes[offset..Math.Min(bytes.Length, offset + (1 << 20))], backend.ReadBytes(offset, Math.Min(1 << 20, bytes.Length - offset)));
    }

    private void Step(int number)
    {
        int sectors = bytes.Length / Sector;
        int first = _random.Next(sectors);
        int offset = first * Sector;
        int length = Math.Min(sectors - first, 1 + _random.Next(_random.Next(4) == 0 ? 400 : 16)) * Sector;
        switch (_random.Next(10))
        {
            case < 4:
                byte[] written = TestBytes.Pattern(length, number);
                written.CopyTo(bytes, offset);
                backend.WriteBytes(offset, written);
                break;
            case 4:
                bytes.AsSpan(offset, length).Clear();
                backend.WriteZeroes(offset, length, mayDeallocate: _random.Next(2) == 0);
                break;
            case 5:
                backend.Discard(offset, length);
                backend.ReadBytes(offset, length).CopyTo(bytes, offset); // the backend's choice, which it keeps to
                break;
            case 6:
                backend.Flush();
                break;
            case 7:
                if (backend.TryReadBytes(offset, length) is { } atOnce) Assert.Equal(bytes[offset..(offset + length)], atOnce);
                break;
            case 8:
                BlockExtent extent = backend.ExtentAt(offset);
                Assert.InRange(extent.Length, 1, bytes.Length - offset);
                if (extent.Kind == BlockExtentKind.Zero) Assert.False(bytes.AsSpan(offset, (int)extent.Length).ContainsAnyExcept((byte)0));
                break;
            default:
                Assert.Equal(bytes[offset..(offset + length)], backend.ReadBytes(offset, length));
                break;
        }
    }
}
