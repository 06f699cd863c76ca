using KvmPS.Core.Devices;
using KvmPS.Core.Devices.Legacy;
using KvmPS.Core.Serial;
using KvmPS.Tests.Devices;
using KvmPS.Tests.Native;
using Xunit;

namespace KvmPS.Tests.Serial;

public sealed class SerialPortTests
{
    private readonly ManualTime _time = new();

    [Fact]
    public void A_program_that_prints_a_panic_is_none_where_the_line_tells_it_from_the_kernel()
    {
        var panic = new PanicScanner(static _ => Assert.Fail("no panic"));
        using var port = new SerialPort(_time, panic: panic);
        var sink = (ISerialSink)port;
        sink.PollingChanged(polls: true);
        sink.PollingChanged(polls: false);
        sink.Write("Kernel panic - not syncing: an old log\n---[ end Kernel panic"u8);
        Assert.Null(panic.Message);

        sink.PollingChanged(polls: true);
        sink.Write("Kernel panic - "u8);
        sink.PollingChanged(polls: false);
        sink.Write("a program"u8);
        sink.PollingChanged(polls: true);
        sink.Write("not syncing: real\n"u8);
        Assert.Equal("real", panic.Message);
    }

    [Fact]
    public async Task What_the_guest_sends_is_logged_copied_to_the_file_and_scanned()
    {
        string path = Path.Combine(Path.GetTempPath(), Path.GetRandomFileName());
        var panic = new PanicScanner(static _ => { });
        try
        {
            using var port = new SerialPort(_time, panic: panic);
            port.CopyTo(new SerialFileSink(path));
            var sink = (ISerialSink)port;
            foreach (byte value in "Kernel panic - "u8) sink.Write(value);
            sink.Write("not syncing: no init\nrest"u8);
            Assert.Equal("no init", panic.Message);
            Assert.False(port.FileCompleted.IsCompleted);

            port.Complete();
            await port.FileCompleted.WaitAsync(Patience.Long, TestContext.Current.CancellationToken);
            Assert.Equal("Kernel panic - not syncing: no init\nrest", await File.ReadAllTextAsync(path, TestContext.Current.CancellationToken));
            Assert.Equal("Kernel panic - not syncing: no init\nrest", port.Log.Text);
            Assert.Null(port.FileError);
        }
        finally
        {
            File.Delete(path);
        }
    }

    [Fact]
    public void A_port_without_a_file_has_no_file_to_wait_for()
    {
        using var port = new SerialPort(_time);
        Assert.True(port.FileCompleted.IsCompleted);
        Assert.Null(port.FileError);
    }

    [Fact]
    public void Input_written_before_the_device_exists_is_not_lost()
    {
        using var port = new SerialPort(_time);
        port.WriteInput("early"u8);
        Assert.Equal(5, port.PendingInputBytes);
        Uart16550 uart = Listening(port);

        Assert.Equal(0, port.PendingInputBytes);
        Assert.Equal("early"u8.ToArray(), Drain(uart));
        Assert.True(port.WaitForInputDrained(TimeSpan.Zero, CancellationToken.None));
    }

    [Fact]
    public void A_backlog_comes_in_bursts_with_time_for_the_guest_between_them()
    {
        using var port = new SerialPort(_time);
        byte[] input = new byte[5000];
        new Random(3).NextBytes(input);
        Uart16550 uart = Listening(port);
        port.WriteInput(input);

        var received = new List<byte>();
        int bursts = 0;
        for (; received.Count < input.Length; bursts++)
        {
            byte[] burst = Drain(uart);
            Assert.InRange(burst.Length, 1, SerialPort.BurstBytes);
            Assert.Empty(Drain(uart));
            received.AddRange(burst);
            _time.Advance(TimeSpan.FromMilliseconds(1));
        }

        Assert.Equal(input, received);
        Assert.Equal(5, bursts);
    }

    [Fact]
    public async Task A_megabyte_arrives_in_order_on_the_real_clock()
    {
        using var port = new SerialPort(TimeProvider.System);
        byte[] input = new byte[1 << 20];
        new Random(4).NextBytes(input);
        Uart16550 uart = Listening(port);
        Task<bool> drained = Task.Run(() =>
        {
            foreach (byte[] piece in input.Chunk(100_000)) port.WriteInput(piece);
            return port.WaitForInputDrained(TimeSpan.FromMinutes(1), CancellationToken.None);
        });

        var received = new List<byte>(input.Length);
        while (received.Count < input.Length)
        {
            received.AddRange(Drain(uart));
            Thread.Yield();
        }

        Assert.True(await drained);
        Assert.Equal(input, received);
    }

    [Fact]
    public async Task The_end_of_the_machine_ends_the_wait_for_the_input()
    {
        var port = new SerialPort(TimeProvider.System);
        Assert.True(port.WriteInput("nobody reads"u8));
        Task<bool> wait = Task.Run(() => port.WaitForInputDrained(Timeout.InfiniteTimeSpan, CancellationToken.None));
        port.Complete();

        Assert.False(await wait);
        Assert.True(port.Log.IsCompleted);
        Assert.False(port.WriteInput("dropped"u8));
        Assert.Equal(12, port.PendingInputBytes);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(10)]
    [InlineData(20_000)]
    public void Input_that_waits_can_be_captured_and_put_back(int length)
    {
        byte[] input = [.. Enumerable.Range(0, length).Select(static i => (byte)(i * 7))];
        using var port = new SerialPort(_time);
        foreach (byte[] part in input.Chunk(4097)) port.WriteInput(part);
        byte[] taken = new byte[Math.Min(7, length)];
        if (length > 0) Assert.Equal(7, ((ISerialSource)port).Take(taken));

        byte[] captured = port.CaptureInput();
        Assert.Equal(input[taken.Length..], captured);
        port.WriteInput("later"u8);
        port.RestoreInput(captured);
        Assert.Equal(captured, port.CaptureInput());
        Assert.Equal(captured.Length, port.PendingInputBytes);

        using var other = new SerialPort(_time);
        other.RestoreInput(captured);
        other.WriteInput("!"u8);
        byte[] rest = new byte[SerialPort.BurstBytes];
        int first = ((ISerialSource)other).Take(rest);
        Assert.Equal([.. captured, .. "!"u8], [.. rest[..first], .. other.CaptureInput()]);
    }

    [Fact]
    public void An_idle_port_costs_almost_nothing()
    {
        var ports = new List<SerialPort>();
        ports.Add(new SerialPort(TimeProvider.System)); // what the first one makes is there for all
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 100; i++) Listening(new SerialPort(TimeProvider.System), ports);
        long each = (GC.GetAllocatedBytesForCurrentThread() - before) / 100;
        foreach (SerialPort port in ports) port.Dispose();
        Assert.InRange(each, 0, 4096);
    }

    private static void Listening(SerialPort port, List<SerialPort> ports)
    {
        Listening(port);
        ports.Add(port);
    }

    private static Uart16550 Listening(SerialPort port)
    {
        var uart = new Uart16550("uart0", new FakeLine(), port, port);
        uart.Write(UartRegister.FCR, [0x01]);
        uart.Write(UartRegister.IER, [0x01]);
        port.Connect(uart);
        return uart;
    }

    private static byte[] Drain(Uart16550 uart)
    {
        var received = new List<byte>();
        Span<byte> data = stackalloc byte[1];
        while (true)
        {
            uart.Read(UartRegister.LSR, data);
            if ((data[0] & 0x01) == 0) return [.. received];
            uart.Read(UartRegister.RBR, data);
            received.Add(data[0]);
        }
    }
}
