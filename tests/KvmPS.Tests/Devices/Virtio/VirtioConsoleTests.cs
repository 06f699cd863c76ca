using System.Text;
using KvmPS.Native;
using KvmPS.Stress.Virtio;
using Xunit;

namespace KvmPS.Tests.Devices.Virtio;

/// <summary>The console: what goes to and fro, what driver and device tell each other about ports, and drivers that do not do as they should.</summary>
public sealed class VirtioConsoleTests
{
    private const int Terminal = 0; // the queues of the first port
    private const int Channel = 4; // and of the second

    [Fact]
    public void A_console_alone_is_open_at_once()
    {
        using var room = new ConsoleRoom();
        room.Ends[0].WriteInput("typed early"u8);
        room.Start();

        Assert.Equal("typed early", Encoding.ASCII.GetString(room.Receive(Terminal)));
        room.Send(Terminal + 1, "hello\r\n"u8);
        Assert.Equal("hello\r\n", room.Ends[0].Log.Text);
        Assert.Equal(2, room.Device.QueueSizes.Count);
        Assert.Equal(0ul, room.Device.Features & ConsoleRoom.MultiPort);
    }

    [Fact]
    public void A_driver_learns_of_each_port_once_and_in_order()
    {
        using var room = new ConsoleRoom("org.example.agent", "files");
        room.Start();
        Assert.Equal(3u, room.Driver.Read(0x104));

        room.Tell(0, 3, 1); // ready before the device is: makes no sense
        room.Tell(0, 0, 1);
        room.Tell(0, 0, 1);
        for (uint port = 0; port < 3; port++) Assert.Equal((port, (ushort)1, (ushort)1, ""), room.Hear());
        room.Tell(1, 3, 1);
        room.Tell(1, 3, 0);
        room.Tell(1, 3, 1);
        Assert.Equal((1u, (ushort)7, (ushort)1, "org.example.agent"), room.Hear());
        Assert.Equal((1u, (ushort)6, (ushort)1, ""), room.Hear());
        room.Tell(0, 3, 1);
        Assert.Equal((0u, (ushort)4, (ushort)1, ""), room.Hear());
        Assert.Equal((0u, (ushort)6, (ushort)1, ""), room.Hear());
        room.Tell(2, 3, 1);
        Assert.Equal((2u, (ushort)7, (ushort)1, "files"), room.Hear());
        Assert.False(room.Driver.IsBroken);
    }

    [Fact]
    public void A_port_gets_nothing_before_somebody_opens_it_and_then_all()
    {
        using var room = new ConsoleRoom("files");
        room.Start();
        room.SetUpPorts(opened: 0);
        room.Ends[1].WriteInput("kept"u8);
        room.Ends[0].WriteInput("x"u8);
        Assert.Equal("x"u8.ToArray(), room.Receive(Terminal));
        Assert.Equal(4, room.Ends[1].PendingInputBytes);

        room.Tell(1, 6, 1);
        Assert.Equal("kept"u8.ToArray(), room.Receive(Channel));
        room.Tell(1, 6, 0);
        room.Ends[1].WriteInput("later"u8);
        room.Send(Channel + 1, "out"u8);
        Assert.Equal(5, room.Ends[1].PendingInputBytes);
        Assert.Equal("out", room.Ends[1].Log.Text);
        Assert.Equal("", room.Ends[0].Log.Text);
    }

    [Fact]
    public void Input_waits_for_the_guest_and_all_of_it_arrives_in_order()
    {
        using var room = new ConsoleRoom();
        room.Start();
        byte[] sent = new byte[200_000];
        new Random(3).NextBytes(sent);
        room.Ends[0].WriteInput(sent.AsSpan(0, 1000));
        room.Ends[0].WriteInput(sent.AsSpan(1000));
        Assert.Equal(sent.Length, room.Ends[0].PendingInputBytes);

        ulong first = room.Allocate(4000);
        ulong second = room.Allocate(96);
        var received = new List<byte>();
        while (received.Count < sent.Length)
        {
            room.Offer(Terminal, new DriverBuffer(first, 4000, IsWritable: true), new DriverBuffer(second, 96, IsWritable: true));
            byte[] bytes = new byte[room.Take(Terminal)];
            room.Memory.Read(new GuestAddress(first), bytes.AsSpan(0, Math.Min(4000, bytes.Length)));
            if (bytes.Length > 4000) room.Memory.Read(new GuestAddress(second), bytes.AsSpan(4000));
            received.AddRange(bytes);
        }

        Assert.Equal(sent, received);
        Assert.True(room.Ends[0].WaitForInputDrained(TimeSpan.Zero, TestContext.Current.CancellationToken));
    }

    [Fact]
    public void Output_of_any_shape_arrives_in_order()
    {
        using var room = new ConsoleRoom();
        room.Start();
        byte[] sent = new byte[100_000];
        new Random(4).NextBytes(sent);
        ulong at = room.Allocate(sent.Length);
        room.Memory.Write(new GuestAddress(at), sent);
        var random = new Random(5);
        for (int done = 0; done < sent.Length;)
        {
            int count = Math.Min(random.Next(1, 40_000), sent.Length - done);
            int cut = random.Next(count);
            ulong from = at + (ulong)done;
            if (cut == 0) room.Offer(Terminal + 1, new DriverBuffer(from, (uint)count));
            else room.Offer(Terminal + 1, new DriverBuffer(from, (uint)cut), new DriverBuffer(from + (ulong)cut, (uint)(count - cut)));
            Assert.Equal(0u, room.Take(Terminal + 1));
            done += count;
        }

        byte[] logged = new byte[sent.Length];
        long position = 0;
        Assert.Equal(sent.Length, room.Ends[0].Log.Read(ref position, logged));
        Assert.Equal(sent, logged);
    }

    [Fact]
    public void The_size_of_the_window_is_in_the_configuration_and_told()
    {
        using var room = new ConsoleRoom("files");
        room.Ends[0].SetWindow(132, 43);
        room.Start();
        room.SetUpPorts();
        Assert.Equal((0u, (ushort)5, (ushort)0, "\x84\0\x2b\0"), room.Hear());
        Assert.Equal(132u | (43u << 16), room.Driver.Read(0x100));

        room.Ends[0].SetWindow(80, 24);
        Assert.Equal((0u, (ushort)5, (ushort)0, "\x50\0\x18\0"), room.Hear());
        Assert.Equal(80u | (24u << 16), room.Driver.Read(0x100));
        Assert.Equal(2u, room.Driver.Read(0x060) & 2);
    }

    [Theory]
    [InlineData(false)] // none offered
    [InlineData(true)] // offered, and not taken
    public void A_driver_without_ports_finds_the_size_in_the_configuration_and_gets_no_message(bool hasChannels)
    {
        using var room = new ConsoleRoom(hasChannels ? ["files"] : []);
        room.Ends[0].SetWindow(132, 43);
        room.Start(ConsoleRoom.Size);
        Assert.Equal(132u | (43u << 16), room.Driver.Read(0x100));
        uint generation = room.Driver.Read(0x0FC);

        room.Ends[0].SetWindow(80, 24);
        Assert.Equal(80u | (24u << 16), room.Driver.Read(0x100));
        Assert.NotEqual(generation, room.Driver.Read(0x0FC));
        Assert.Equal(2u, room.Driver.Read(0x060) & 2);
        if (hasChannels) room.Offer(2, new DriverBuffer(room.Allocate(64), 64, IsWritable: true));
        room.Send(1, "works"u8);
        Assert.False(hasChannels && room.TryTake(2));
        Assert.Equal("works", room.Ends[0].Log.Text);
    }

    [Fact]
    public void Of_many_sizes_a_slow_driver_hears_the_newest()
    {
        using var room = new ConsoleRoom("files");
        room.Start();
        room.SetUpPorts();
        for (int columns = 81; columns <= 100; columns++) room.Ends[0].SetWindow(columns, 24);
        Assert.Equal((0u, (ushort)5, (ushort)0, "\x64\0\x18\0"), room.Hear());
        room.Offer(2, new DriverBuffer(room.Allocate(64), 64, IsWritable: true));
        room.Send(1, "works"u8);
        Assert.False(room.TryTake(2));
    }

    [Fact]
    public async Task Bytes_go_neither_way_while_it_stands_still()
    {
        using var room = new ConsoleRoom();
        room.Start();
        room.Room.Transport.Quiesce(CancellationToken.None);
        ulong sent = room.Allocate(8);
        ulong received = room.Allocate(8);
        room.Memory.Write(new GuestAddress(sent), "out"u8);
        room.Offer(1, new DriverBuffer(sent, 3));
        room.Offer(0, new DriverBuffer(received, 8, IsWritable: true));
        room.Ends[0].WriteInput("in"u8);
        await Task.Delay(50, TestContext.Current.CancellationToken);
        Assert.Equal("", room.Ends[0].Log.Text);
        Assert.Equal(2, room.Ends[0].PendingInputBytes);
        Assert.False(room.TryTake(0) || room.TryTake(1));

        room.Room.Transport.Resume();
        room.Take(1);
        Assert.Equal(2u, room.Take(0));
        Assert.Equal("out", room.Ends[0].Log.Text);
    }

    [Fact]
    public void A_character_can_be_written_without_a_queue()
    {
        using var room = new ConsoleRoom();
        room.Driver.Write(0x108, 0xFFFF_FF21);
        room.Driver.Write(0x104, 0x58);
        Assert.Equal("!", room.Ends[0].Log.Text);
    }

    [Fact]
    public void Ports_begin_anew_with_a_reset_and_their_ends_go_on()
    {
        using var room = new ConsoleRoom("files");
        for (int round = 0; round < 5; round++)
        {
            room.Start();
            room.SetUpPorts(opened: 1);
            room.Ends[1].WriteInput("a"u8);
            Assert.Equal("a"u8.ToArray(), room.Receive(Channel));
            room.Send(Channel + 1, "b"u8);
            room.Offer(Channel, new DriverBuffer(room.Allocate(64), 64, IsWritable: true));
            room.Driver.Status = 0;
            room.Ends[1].WriteInput("c"u8); // nobody takes it, and nobody hears the bell
            Assert.Equal(1, room.Ends[1].PendingInputBytes);
            room.Ends[1].RestoreInput([]);
        }

        Assert.Equal("bbbbb", room.Ends[1].Log.Text);
        Assert.Empty(room.Room.Failures);
    }

    [Fact]
    public void A_reset_in_the_middle_of_traffic_leaves_the_memory_alone()
    {
        using var room = new ConsoleRoom();
        byte[] much = new byte[1 << 20];
        Array.Fill(much, (byte)0x5A);
        for (int round = 0; round < 30; round++)
        {
            room.Start();
            room.Ends[0].WriteInput(much);
            for (int i = 0; i < 8; i++) room.Offer(Terminal, new DriverBuffer(VirtioRoom.HighStart + ((ulong)i * 0x4000), 0x4000, IsWritable: true));
            room.Driver.Status = 0;
            room.Memory.Fill(new GuestAddress(VirtioRoom.HighStart), 0x2_0000, 0);
            Thread.Yield();
            byte[] memory = new byte[0x2_0000];
            room.Memory.Read(new GuestAddress(VirtioRoom.HighStart), memory);
            Assert.Equal(-1, memory.AsSpan().IndexOfAnyExcept((byte)0));
            room.Ends[0].RestoreInput([]);
        }

        Assert.Empty(room.Room.Failures);
    }

    [Theory]
    [InlineData(Terminal, 16, false, "a buffer for console input without room")]
    [InlineData(2, 4, true, "a buffer too small for a console message")]
    [InlineData(3, 7, false, "a console message that is too short")]
    public void A_driver_that_breaks_the_rules_has_to_reset(int queue, uint length, bool isWritable, string fault)
    {
        using var room = new ConsoleRoom("files");
        room.Start();
        if (queue != 3) room.Tell(0, 0, 1);
        if (queue == Terminal)
        {
            for (int i = 0; i < 2; i++) room.Hear();
            room.Tell(0, 3, 1);
            room.Tell(0, 6, 1);
            room.Ends[0].WriteInput("x"u8);
        }

        room.Offer(queue, new DriverBuffer(room.Allocate(64), length, isWritable));
        Assert.True(SpinWait.SpinUntil(() => room.Driver.IsBroken, TimeSpan.FromMinutes(1)));
        Assert.Equal(fault, Assert.Single(room.Room.DriverFaults));

        room.Start();
        room.SetUpPorts(opened: 0);
        room.Ends[0].WriteInput("y"u8);
        Assert.EndsWith("y", Encoding.ASCII.GetString(room.Receive(Terminal)), StringComparison.Ordinal);
        Assert.Empty(room.Room.Failures);
    }

    [Fact]
    public void Output_without_end_is_refused()
    {
        using var room = new ConsoleRoom();
        room.Start();
        var buffers = new DriverBuffer[16];
        Array.Fill(buffers, new DriverBuffer(0, (uint)VirtioRoom.LowBytes));
        room.Offer(Terminal + 1, buffers);
        room.Take(Terminal + 1); // 16 MiB are not too much
        Assert.Equal(16L << 20, room.Ends[0].Log.TotalBytes);

        Span<byte> table = stackalloc byte[16 * 17];
        ulong at = room.Allocate(table.Length);
        var queue = new DriverQueue(room.Memory, 16, 0x2_0000);
        room.Driver.Status = 0;
        Assert.True(room.Driver.Negotiate(MmioDriver.Version1 | MmioDriver.IndirectDescriptors));
        Assert.True(room.Driver.SetUp(1, queue));
        room.Driver.Start();
        queue.AddIndirect(at, [.. buffers, new DriverBuffer(0, 1)]);
        queue.Publish();
        room.Driver.Notify(1);
        Assert.True(SpinWait.SpinUntil(() => room.Driver.IsBroken, TimeSpan.FromMinutes(1)));
        Assert.Equal(16L << 20, room.Ends[0].Log.TotalBytes);
    }

    [Fact]
    public void Nonsense_about_ports_is_ignored_and_makes_no_messages()
    {
        using var room = new ConsoleRoom("files");
        room.Start();
        room.SetUpPorts(opened: 0);
        var random = new Random(6);
        for (int i = 0; i < 500; i++)
        {
            uint port = random.Next(3) switch { 0 => 0, 1 => 1, _ => (uint)random.NextInt64(0x1_0000_0000) };
            room.Tell(port, (ushort)(random.Next(2) == 0 ? random.Next(9) : random.Next(0x10000)), (ushort)random.Next(3));
            if (i % 100 == 99) room.Start(); // and the driver begins anew, in the middle of it
        }

        Assert.False(room.Driver.IsBroken);
        room.Start();
        room.SetUpPorts(opened: 0);
        Assert.False(room.TryTake(2));
    }
}
