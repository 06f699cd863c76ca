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
            Assert.Equal("no init", port.PanicMessage);
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
