using KvmPS.Core.Serial;
using KvmPS.Tests.Native;
using Xunit;

namespace KvmPS.Tests.Serial;

public sealed class SerialFileSinkTests : IDisposable
{
    private readonly string _path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());

    [Fact]
    public async Task Every_byte_reaches_the_file_in_order()
    {
        byte[] bytes = new byte[1 << 20];
        new Random(5).NextBytes(bytes);
        var sink = new SerialFileSink(_path);
        var lengths = new Random(6);
        for (int at = 0; at < bytes.Length;)
        {
            int length = Math.Min(lengths.Next(1, 3000), bytes.Length - at);
            if (length == 1) sink.Write(bytes[at]);
            else sink.Write(bytes.AsSpan(at, length));
            at += length;
        }

        await End(sink);
        Assert.Equal(bytes, await File.ReadAllBytesAsync(_path, TestContext.Current.CancellationToken));
        Assert.Null(sink.Error);
    }

    [Fact]
    public async Task A_prompt_reaches_the_file_while_the_machine_runs()
    {
        var file = new GatedStream();
        file.Open();
        var sink = new SerialFileSink(file);
        foreach (string prompt in new[] { "login: ", "password: " })
        {
            sink.Write(System.Text.Encoding.ASCII.GetBytes(prompt));
            Assert.True(SpinWait.SpinUntil(() => file.Text.EndsWith(prompt, StringComparison.Ordinal), Patience.Long));
        }

        Assert.False(sink.Completed.IsCompleted);
        await End(sink);
        Assert.Equal("login: password: ", file.Text);
    }

    [Fact]
    public async Task A_flush_is_done_when_the_file_holds_what_came_before()
    {
        var file = new GatedStream();
        var sink = new SerialFileSink(file);
        Assert.True(sink.Flush().IsCompleted); // there is nothing to write
        sink.Write("first"u8);
        Assert.True(file.Entered.Wait(Patience.Long, TestContext.Current.CancellationToken));
        sink.Write(" second"u8);
        Task flushed = sink.Flush();
        Assert.False(flushed.IsCompleted);

        file.Open();
        await flushed.WaitAsync(Patience.Long, TestContext.Current.CancellationToken);
        Assert.Equal("first second", file.Text);

        sink.Write(" third"u8);
        await sink.Flush().WaitAsync(Patience.Long, TestContext.Current.CancellationToken);
        Assert.Equal("first second third", file.Text);
        await End(sink);
        await sink.Flush();
    }

    [Fact]
    public async Task A_flush_is_done_when_the_file_fails()
    {
        var file = new GatedStream();
        var sink = new SerialFileSink(file);
        sink.Write("first"u8);
        Assert.True(file.Entered.Wait(Patience.Long, TestContext.Current.CancellationToken));
        Task flushed = sink.Flush();

        file.Failure = new IOException("no space left");
        file.Open();

        await flushed.WaitAsync(Patience.Long, TestContext.Current.CancellationToken);
        await End(sink);
        Assert.Equal("no space left", sink.Error?.Message);
    }

    [Fact]
    public async Task A_disk_that_stands_still_stops_neither_the_guest_nor_the_end_of_the_machine()
    {
        var file = new GatedStream();
        var sink = new SerialFileSink(file);
        sink.Write("first"u8);
        Assert.True(file.Entered.Wait(Patience.Long, TestContext.Current.CancellationToken));
        sink.Write(" second"u8); // The disk holds the first write: these return all the same.
        sink.Dispose();
        sink.Write(" too late"u8);
        Assert.False(sink.Completed.IsCompleted);

        file.Open();
        await End(sink);
        Assert.Equal("first second", file.Text);
    }

    [Fact]
    public async Task A_guest_that_is_too_far_ahead_of_the_disk_ends_the_copying()
    {
        var file = new GatedStream();
        var sink = new SerialFileSink(file);
        sink.Write("x"u8);
        Assert.True(file.Entered.Wait(Patience.Long, TestContext.Current.CancellationToken));
        byte[] block = new byte[SerialFileSink.MostPendingBytes / 8];
        for (int i = 0; i < 8; i++) sink.Write(block);
        Assert.Null(sink.Error);
        sink.Write("y"u8);
        Assert.IsType<IOException>(sink.Error);

        file.Open();
        await End(sink);
        Assert.Equal(1 + SerialFileSink.MostPendingBytes, file.Count);
    }

    [Fact]
    public async Task An_error_of_any_kind_is_kept_and_stops_the_copying()
    {
        foreach (Exception error in new Exception[] { new IOException("full"), new UnauthorizedAccessException(), new ArgumentOutOfRangeException("too large") })
        {
            var sink = new SerialFileSink(new GatedStream { Failure = error });
            sink.Write("a"u8);
            await sink.Completed.WaitAsync(Patience.Long, TestContext.Current.CancellationToken);
            sink.Write("b"u8);
            sink.Dispose();
            Assert.Same(error, sink.Error);
        }
    }

    [Fact]
    public async Task A_pipe_and_a_device_are_refused_without_being_opened()
    {
        NamedPipe.Make(_path);
        Task open = Task.Run(() => Assert.Throws<IOException>(() => new SerialFileSink(_path)), TestContext.Current.CancellationToken);
        await open.WaitAsync(Patience.Long, TestContext.Current.CancellationToken); // Opened, it would wait for a reader for ever.
        Assert.Throws<IOException>(() => new SerialFileSink("/dev/null"));
    }

    public void Dispose() => File.Delete(_path);

    private static async Task End(SerialFileSink sink)
    {
        sink.Dispose();
        await sink.Completed.WaitAsync(Patience.Long, TestContext.Current.CancellationToken);
    }
}
