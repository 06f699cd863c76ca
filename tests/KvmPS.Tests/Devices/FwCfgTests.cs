using System.Buffers.Binary;
using System.Text;
using KvmPS.Core.Devices;
using KvmPS.Core.Devices.Paravirtual;
using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Devices;

/// <summary>The firmware configuration device: by its data port, and by requests of a friendly and of a hostile guest.</summary>
public sealed class FwCfgTests : IDisposable
{
    private const ulong RamSize = 1 << 20;
    private const ulong Request = 0x1000;
    private const ulong Buffer = 0x2000;
    private const uint Read = 2;
    private const uint Skip = 4;
    private const uint Select = 8;
    private const uint Write = 16;
    private const uint Failed = 1;
    private static readonly byte[] Long = [.. Enumerable.Range(0, 5000).Select(i => (byte)(i * 7))];

    private readonly GuestMemory _memory = GuestMemory.Allocate(RamSize, new GuestAddress(0xC000_0000), new GuestAddress(0x1_0000_0000));
    private readonly FwCfg _device;
    private readonly Bus _bus = new("I/O ports");

    public FwCfgTests()
    {
        _device = new FwCfg(new FwCfgItems(RamSize, 3, "root=/dev/ram", [new FwCfgFile("opt/long", Long), new FwCfgFile("etc/short", "short"u8.ToArray())]), _memory);
        _bus.Insert(_device, new AddressRange(0x510, FwCfg.PortCount));
    }

    public void Dispose() => _memory.Dispose();

    [Fact]
    public void It_is_recognized()
    {
        Assert.Equal("QEMU"u8.ToArray(), Item(0x0000, 4));
        Assert.Equal([3, 0, 0, 0], Item(0x0001, 4));
        byte[] signature = new byte[8];
        _bus.Read(0x514, signature);
        Assert.Equal("QEMU CFG"u8.ToArray(), signature);
    }

    [Fact]
    public void It_tells_what_the_machine_is_made_of()
    {
        Assert.Equal(RamSize, BinaryPrimitives.ReadUInt64LittleEndian(Item(0x0003, 8)));
        Assert.Equal([3, 0], Item(0x0005, 2));
        Assert.Equal([3, 0], Item(0x000F, 2));
        Assert.Equal(14u, BinaryPrimitives.ReadUInt32LittleEndian(Item(0x0014, 4)));
        Assert.Equal("root=/dev/ram\0"u8.ToArray(), Item(0x0015, 14));
    }

    [Fact]
    public void The_directory_is_sorted_by_name()
    {
        byte[] directory = Item(0x0019, 4 + 2 * 64);
        Assert.Equal(2u, BinaryPrimitives.ReadUInt32BigEndian(directory));
        Assert.Equal(5u, BinaryPrimitives.ReadUInt32BigEndian(directory.AsSpan(4)));
        Assert.Equal(0x20, BinaryPrimitives.ReadUInt16BigEndian(directory.AsSpan(8)));
        Assert.Equal("etc/short\0", Encoding.ASCII.GetString(directory, 12, 10));
        Assert.Equal(0x21, BinaryPrimitives.ReadUInt16BigEndian(directory.AsSpan(64 + 8)));
        Assert.Equal("opt/long\0", Encoding.ASCII.GetString(directory, 64 + 12, 9));
    }

    [Fact]
    public void Behind_the_end_come_zeros_and_what_is_not_there_is_empty()
    {
        Assert.Equal("short\0\0\0"u8.ToArray(), Item(0x0020, 8));
        Assert.Equal([0, 0], Item(0x1234, 2));
        Assert.Equal("short"u8.ToArray(), Item(0x4020, 5)); // Asked for writing.
    }

    [Fact]
    public void The_data_port_gives_one_byte_at_a_time_however_it_is_read()
    {
        _bus.Write(0x510, [0x20, 0]);
        byte[] data = new byte[3];
        _bus.ReadRepeated(0x511, 1, data);
        Assert.Equal("sho"u8.ToArray(), data);
        byte[] word = new byte[2];
        _bus.Read(0x511, word);
        Assert.Equal([(byte)'r', 0xFF], word);
        _bus.Write(0x511, [0]); // Nothing can be written.
        _bus.Write(0x510, [0]); // And half a selector selects nothing.
        _bus.Read(0x511, word.AsSpan(0, 1));
        Assert.Equal((byte)'t', word[0]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_request_selects_skips_and_reads(bool inHalves)
    {
        Assert.Equal(0u, Do((0x21 << 16) | Select | Skip, 1000, 0, inHalves));
        Assert.Equal(0u, Do(Read, 3000, Buffer, inHalves));
        byte[] data = new byte[3001];
        _memory.Read(new GuestAddress(Buffer), data);
        Assert.Equal(Long[1000..4000], data[..3000]);
        Assert.Equal(0, data[3000]);
        Assert.Equal(new FwCfgState(0x21, 4000, 0), _device.Capture());
    }

    [Fact]
    public void A_request_may_ask_for_a_little_more_than_there_is()
    {
        _memory.Fill(new GuestAddress(Buffer), 16, 0xEE);
        Assert.Equal(0u, Do((0x20 << 16) | Select | Read, 8, Buffer));
        byte[] data = new byte[9];
        _memory.Read(new GuestAddress(Buffer), data);
        Assert.Equal([.. "short\0\0\0"u8, 0xEE], data);
    }

    [Theory]
    [InlineData(Write, 4u, Buffer)] // Read-only.
    [InlineData(Read, 4u, RamSize - 2)] // Half of it is no RAM.
    [InlineData(Read, 4u, ulong.MaxValue - 1)] // Around the end of the address space.
    [InlineData(Read, uint.MaxValue, 0ul)] // 4 GiB of zeros.
    [InlineData(Read, 0x8000_0000u, 0ul)]
    [InlineData(Read, FwCfg.MostPadding + 6u, 0ul)]
    public void A_request_that_cannot_be_done_says_so_and_does_nothing(uint command, uint length, ulong address)
    {
        _memory.Fill(new GuestAddress(Buffer), 16, 0xEE);
        Assert.Equal(Failed, Do((0x20 << 16) | Select | command, length, address));
        Assert.Equal(new FwCfgState(0x20, 0, 0), _device.Capture());
        Assert.Equal(0xEEEE_EEEEu, _memory.Read<uint>(new GuestAddress(Buffer)));
    }

    [Fact]
    public void Skipping_ends_at_the_end()
    {
        Assert.Equal(0u, Do((0x20 << 16) | Select | Skip, uint.MaxValue, 0));
        Assert.Equal(5, _device.Capture().Offset);
        Assert.Equal(0u, Do(Skip, uint.MaxValue, 0));
        Assert.Equal(5, _device.Capture().Offset);
    }

    [Fact]
    public void A_request_that_is_overwritten_by_its_own_answer_is_done_as_it_was_asked()
    {
        Do((0x21 << 16) | Select | Read, 64, Request - 8);
        byte[] data = new byte[64];
        _memory.Read(new GuestAddress(Request - 8), data);
        Assert.Equal(0u, BinaryPrimitives.ReadUInt32BigEndian(data.AsSpan(8))); // The answer, written last.
        Assert.Equal(Long[..8], data[..8]);
        Assert.Equal(Long[12..64], data[12..]);
    }

    [Theory]
    [InlineData(RamSize)]
    [InlineData(RamSize - 15)]
    [InlineData(ulong.MaxValue)]
    public void A_request_that_is_no_RAM_is_nothing(ulong address)
    {
        FwCfgState before = _device.Capture();
        Span<byte> port = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(port, address);
        _bus.Write(0x514, port);
        Assert.Equal(before, _device.Capture());
    }

    [Fact]
    public void A_request_allocates_nothing()
    {
        long allocated = Allocations.Of(() => Start(Request, (0x21 << 16) | Select | Read, 4000, Buffer, inHalves: true));
        Assert.Equal(0, allocated);
    }

    [Fact]
    public void A_state_from_elsewhere_stays_inside_the_item()
    {
        _device.Restore(new FwCfgState(0x20, int.MaxValue, 7));
        Assert.Equal(new FwCfgState(0x20, 5, 7), _device.Capture());
        _device.Restore(new FwCfgState(0x20, -1, 7));
        Assert.Equal(0, _device.Capture().Offset);
    }

    [Theory]
    [InlineData("")]
    [InlineData("etc/ü")]
    [InlineData("12345678901234567890123456789012345678901234567890123456")]
    public void A_name_must_fit_the_directory(string name) => Assert.Throws<ArgumentException>(() => new FwCfgFile(name, default));

    [Fact]
    public void Two_files_have_two_names() =>
        Assert.Throws<ArgumentException>(() => new FwCfgItems(1, 1, null, [new FwCfgFile("a", default), new FwCfgFile("a", default)]));

    private byte[] Item(ushort key, int length)
    {
        byte[] data = new byte[length];
        _bus.Write(0x510, BitConverter.GetBytes(key));
        for (int i = 0; i < length; i++) _bus.Read(0x511, data.AsSpan(i, 1));
        return data;
    }

    private uint Do(uint control, uint length, ulong address, bool inHalves = false)
    {
        Start(Request, control, length, address, inHalves);
        return BinaryPrimitives.ReverseEndianness(_memory.Read<uint>(new GuestAddress(Request)));
    }

    private void Start(ulong at, uint control, uint length, ulong address, bool inHalves)
    {
        Span<byte> request = stackalloc byte[16];
        BinaryPrimitives.WriteUInt32BigEndian(request, control);
        BinaryPrimitives.WriteUInt32BigEndian(request[4..], length);
        BinaryPrimitives.WriteUInt64BigEndian(request[8..], address);
        _memory.Write(new GuestAddress(at), request);
        Span<byte> port = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64BigEndian(port, at);
        if (inHalves)
        {
            _bus.Write(0x514, port[..4]);
            _bus.Write(0x518, port[4..]);
        }
        else
        {
            _bus.Write(0x514, port);
        }
    }
}
