using KvmPS.Core.Serial;
using Xunit;

namespace KvmPS.Tests.Serial;

public sealed class SerialStoreTests
{
    [Theory]
    [InlineData(1)]
    [InlineData(1000)]
    [InlineData(1500)]
    [InlineData(70_000)]
    public void The_first_chunk_grows_and_keeps_its_bytes(int piece)
    {
        const int length = 200_000;
        var store = new SerialStore(bound: 4 << 16, head: 2 << 16, chunkSize: 1 << 16);
        byte[] sent = new byte[length];
        new Random(1).NextBytes(sent);

        for (int at = 0; at < length; at += piece)
        {
            ReadOnlySpan<byte> bytes = sent.AsSpan(at, Math.Min(piece, length - at));
            if (bytes.Length == 1) store.Append(bytes[0]);
            else store.Append(bytes);
        }

        byte[] kept = new byte[length];
        long position = 0;
        Assert.Equal(length, store.Read(ref position, kept));
        Assert.Equal(sent, kept);
    }

    [Fact]
    public void A_few_bytes_take_little_memory()
    {
        long before = GC.GetAllocatedBytesForCurrentThread();
        new SerialStore(bound: 4 << 16, head: 2 << 16, chunkSize: 1 << 16).Append((byte)'x');
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 1, 4096);
    }
}
