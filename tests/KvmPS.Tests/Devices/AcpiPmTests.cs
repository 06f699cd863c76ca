using System.Buffers.Binary;
using KvmPS.Core.Devices.Acpi;
using Xunit;

namespace KvmPS.Tests.Devices;

/// <summary>Power management as a system's ACPI driver uses it: events, soft-off, the timer, the button.</summary>
public sealed class AcpiPmTests
{
    private const ulong Status = 0;
    private const ulong Enable = 2;
    private const ulong Control = 4;
    private const ulong Timer = 8;
    private const ushort Button = 1 << 8;

    private readonly FakeSystem _system = new();
    private readonly FakeLine _line = new();
    private readonly ManualTime _time = new();
    private readonly AcpiPm _power;

    public AcpiPmTests() => _power = new AcpiPm(_system, _line, _time);

    [Fact]
    public void It_is_in_ACPI_mode_whatever_the_guest_writes()
    {
        Assert.Equal(1, Read16(Control));
        Write16(Control, 0);
        Assert.Equal(1, Read16(Control));
        Assert.Equal(0, _system.PowerOffs);
    }

    [Fact]
    public void The_button_interrupts_once_enabled_until_its_status_is_cleared()
    {
        _power.PressPowerButton();
        Assert.False(_power.IsPowerButtonEnabled);
        Assert.False(_line.Asserted);

        Write16(Enable, Button);
        Assert.True(_power.IsPowerButtonEnabled);
        Assert.True(_line.Asserted);
        Assert.Equal(Button, Read16(Status));

        Write16(Status, 0xFEFF); // Ones clear, and this bit is not one of them.
        Assert.True(_line.Asserted);
        Write16(Status, Button);
        Assert.False(_line.Asserted);
        Assert.Equal(0, Read16(Status));

        _power.PressPowerButton();
        Assert.Equal(2, _line.Edges);
        Write16(Enable, 0);
        Assert.False(_line.Asserted);
        Assert.Equal(Button, Read16(Status));
    }

    [Theory]
    [InlineData(0x2000, 1)] // Type 0 with the enable bit.
    [InlineData(0x2001, 1)]
    [InlineData(0x0000, 0)]
    [InlineData(0x1400, 0)] // Type 5 without it.
    [InlineData(0x3400, 0)] // Type 5 with it: not the type of soft-off here.
    [InlineData(0x2400, 0)]
    public void Soft_off_takes_its_type_and_the_enable_bit(int value, int powerOffs)
    {
        Write16(Control, (ushort)value);
        Assert.Equal(powerOffs, _system.PowerOffs);
        Assert.Equal((value & 0x1C00) | 1, Read16(Control)); // The enable bit reads 0.
    }

    [Fact]
    public void Registers_are_taken_by_bytes_and_all_at_once()
    {
        _power.Write(Enable + 1, [1]);
        Assert.True(_power.IsPowerButtonEnabled);
        _power.PressPowerButton();
        _power.Write(Status, [0, 1, 0, 0]); // Status and enable in one access.
        Assert.Equal(0u, Read32(Status));
        _power.Write(Control + 1, [0x20]);
        Assert.Equal(1, _system.PowerOffs);
    }

    [Fact]
    public void The_timer_counts_three_and_a_half_million_a_second()
    {
        Assert.Equal(0u, Read32(Timer));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(3_579_545u, Read32(Timer));
        _time.Advance(TimeSpan.FromMilliseconds(500));
        Assert.Equal(5_369_317u, Read32(Timer));
        _time.Advance(TimeSpan.FromDays(3));
        Assert.Equal(unchecked((uint)((3_579_545ul * 3 * 86_400) + 5_369_317)), Read32(Timer));
    }

    [Fact]
    public void The_timer_cannot_be_written()
    {
        _time.Advance(TimeSpan.FromSeconds(1));
        _power.Write(Timer, [0, 0, 0, 0]);
        Assert.Equal(3_579_545u, Read32(Timer));
    }

    [Fact]
    public void The_carry_is_noted_whenever_the_top_bit_changes()
    {
        Write16(Enable, 1);
        _time.Advance(TimeSpan.FromSeconds(599));
        Assert.Equal(0, Read16(Status));
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(1, Read16(Status));
        Assert.True(_line.Asserted);
        Write16(Status, 1);
        Assert.False(_line.Asserted);
        _time.Advance(TimeSpan.FromSeconds(600));
        Assert.Equal(1, Read16(Status));
    }

    [Fact]
    public void Restored_it_goes_on_from_where_it_was()
    {
        Write16(Enable, Button);
        _power.PressPowerButton();
        _time.Advance(TimeSpan.FromSeconds(2));
        AcpiPmState state = _power.Capture();
        _power.Reset();
        Assert.False(_line.Asserted);
        _time.Advance(TimeSpan.FromSeconds(7));

        _power.Restore(state);
        Assert.True(_line.Asserted);
        Assert.Equal(state, _power.Capture());
        _time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(3u * 3_579_545, Read32(Timer));
    }

    [Fact]
    public void Nothing_is_allocated_for_an_access()
    {
        byte[] data = new byte[4];
        Assert.Equal(0, Allocations.Of(() =>
        {
            _power.Read(Timer, data);
            _power.Write(Status, data);
        }));
    }

    private ushort Read16(ulong offset)
    {
        Span<byte> data = stackalloc byte[2];
        _power.Read(offset, data);
        return BinaryPrimitives.ReadUInt16LittleEndian(data);
    }

    private uint Read32(ulong offset)
    {
        Span<byte> data = stackalloc byte[4];
        _power.Read(offset, data);
        return BinaryPrimitives.ReadUInt32LittleEndian(data);
    }

    private void Write16(ulong offset, ushort value) => _power.Write(offset, BitConverter.GetBytes(value));
}
