using KvmPS.Core.Serial;
using Xunit;

namespace KvmPS.Tests.Serial;

public sealed class SerialWaitTests
{
    private static readonly TimeSpan Long = TimeSpan.FromMinutes(1);
    private readonly SerialLog _log = new(TimeProvider.System);

    [Fact]
    public async Task A_prompt_without_a_newline_wakes_its_reader()
    {
        Task<bool> wait = Task.Run(() => _log.WaitForMore(0, Long, CancellationToken.None));
        _log.Write("login: "u8);
        Assert.True(await wait);
    }

    [Fact]
    public async Task The_end_of_the_machine_wakes_its_readers()
    {
        Task<bool> wait = Task.Run(() => _log.WaitForMore(0, Timeout.InfiniteTimeSpan, CancellationToken.None));
        _log.Complete();
        Assert.False(await wait);
    }

    [Fact]
    public void What_came_before_the_end_is_still_read()
    {
        _log.Write("last words"u8);
        _log.Complete();
        Assert.True(_log.WaitForMore(0, Long, CancellationToken.None));
        Assert.False(_log.WaitForMore(10, Long, CancellationToken.None));
    }

    [Fact]
    public async Task A_wait_can_be_cancelled()
    {
        using var cancel = new CancellationTokenSource();
        Task<bool> wait = Task.Run(() => _log.WaitForMore(0, Timeout.InfiniteTimeSpan, cancel.Token));
        cancel.Cancel();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => wait);
    }

    [Fact]
    public void A_wait_ends_with_its_time() => Assert.False(_log.WaitForMore(0, TimeSpan.FromMilliseconds(1), CancellationToken.None));

    [Fact]
    public async Task Many_readers_see_every_byte_in_order_while_it_is_written()
    {
        byte[] sent = new byte[1 << 20];
        new Random(2).NextBytes(sent);
        Task<byte[]>[] readers = [.. Enumerable.Range(0, 3).Select(_ => Task.Run(ReadAll))];

        foreach (byte value in sent.AsSpan(0, 1 << 18)) _log.Write(value);
        for (int at = 1 << 18; at < sent.Length; at += 1 << 10) _log.Write(sent.AsSpan(at, 1 << 10));
        _log.Complete();

        foreach (byte[] read in await Task.WhenAll(readers)) Assert.Equal(sent, read);
    }

    [Fact]
    public async Task A_fast_stream_does_not_wake_its_reader_for_each_byte()
    {
        const int Bytes = 200_000;
        Task<int> reader = Task.Run(() =>
        {
            int wakes = 0;
            for (long seen = 0; _log.WaitForMore(seen, Long, CancellationToken.None); wakes++) seen = _log.TotalBytes;
            return wakes;
        });
        for (int i = 0; i < Bytes; i++) _log.Write((byte)'.');
        _log.Complete();

        Assert.InRange(await reader, 1, Bytes / 100);
    }

    private byte[] ReadAll()
    {
        var read = new MemoryStream();
        var cursor = new SerialCursor(_log);
        byte[] block = new byte[777];
        while (cursor.WaitForMore(Long, CancellationToken.None))
            read.Write(block.AsSpan(0, cursor.Read(block)));
        Assert.Equal(0, cursor.DroppedBytes);
        return read.ToArray();
    }
}
