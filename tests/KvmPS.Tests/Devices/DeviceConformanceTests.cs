using FsCheck;
using FsCheck.Fluent;
using KvmPS.Core.Devices;
using KvmPS.Core.Devices.Acpi;
using KvmPS.Core.Devices.Legacy;
using Xunit;

namespace KvmPS.Tests.Devices;

/// <summary>What every device of the room promises, whatever it is.</summary>
public sealed class DeviceConformanceTests
{
    /// <summary>A device, its range, and its state as something that compares by value (null when it has none).</summary>
    internal sealed record Subject(IBusDevice Device, int Length, Func<object>? Capture, Action<object>? Restore);

    public static TheoryData<string> Names => [.. Subjects().Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Every_offset_answers_every_width(string name)
    {
        Subject subject = Subjects()[name];
        for (int offset = 0; offset < subject.Length; offset++)
        {
            for (int width = 1; width <= 8; width++)
            {
                byte[] data = new byte[width];
                subject.Device.Read((ulong)offset, data);
                subject.Device.Write((ulong)offset, data);
                subject.Device.Write((ulong)offset, Enumerable.Repeat((byte)0xFF, width).ToArray());
                subject.Device.Read((ulong)offset, data);
                if (offset + width > Math.Max(8, subject.Length)) Assert.Equal(subject.Device is DebugExit ? 0 : 0xFF, data[^1]);
            }
        }
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void Reset_gives_the_power_on_state_and_twice_is_once(string name)
    {
        Subject subject = Subjects()[name];
        byte[] fresh = Fingerprint(Subjects()[name]);
        Scribble(subject, seed: 1);
        subject.Device.Reset();
        object? once = subject.Capture?.Invoke();
        subject.Device.Reset();

        Assert.Equal(once, subject.Capture?.Invoke());
        Assert.Equal(fresh, Fingerprint(subject));
    }

    [Theory]
    [InlineData("uart")]
    [InlineData("i8042")]
    [InlineData("pci-host")]
    [InlineData("acpi-pm")]
    public void Capture_mutate_restore_is_capture(string name)
    {
        Prop.ForAll<int>(seed =>
        {
            Subject subject = Subjects()[name];
            Scribble(subject, seed);
            object captured = subject.Capture!();
            Scribble(subject, seed + 1);
            subject.Restore!(captured);
            Assert.Equal(captured, subject.Capture());
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [MemberData(nameof(Names))]
    public void No_sequence_of_accesses_throws(string name)
    {
        Prop.ForAll<(byte Offset, byte[] Data, bool Write)[]>(accesses =>
        {
            Subject subject = Subjects()[name];
            foreach ((byte offset, byte[] data, bool write) in accesses)
            {
                byte[] bytes = data.Length == 0 ? [0] : data[..Math.Min(8, data.Length)];
                if (write) subject.Device.Write((ulong)(offset % subject.Length), bytes);
                else subject.Device.Read((ulong)(offset % subject.Length), bytes);
            }

            subject.Device.Reset();
            Assert.Equal(Fingerprint(Subjects()[name]), Fingerprint(subject));
        }).QuickCheckThrowOnFailure();
    }

    private static Dictionary<string, Subject> Subjects()
    {
        var system = new FakeSystem();
        var terminal = new FakeTerminal { Input = [.. Enumerable.Range(0, 64).Select(i => (byte)i)] };
        var uart = new Uart16550("uart0", new FakeLine(), terminal, terminal);
        var controller = new I8042(system, new FakeLine());
        var pci = new PciHostStub(system);
        var power = new AcpiPm(system, new FakeLine(), new ManualTime());
        return new Dictionary<string, Subject>(StringComparer.Ordinal)
        {
            ["uart"] = new(uart, Uart16550.PortCount, uart.Capture, s => uart.Restore((UartState)s)),
            ["i8042"] = new(controller, 5, controller.Capture, s => controller.Restore((I8042State)s)),
            ["pci-host"] = new(pci, PciHostStub.PortCount, pci.Capture, s => pci.Restore((PciHostStubState)s)),
            ["acpi-pm"] = new(power, AcpiPm.PortCount, power.Capture, s => power.Restore((AcpiPmState)s)),
            ["post"] = new(new PostCodePort(TimeProvider.System), 1, null, null),
            ["debugcon"] = new(new DebugConsole(terminal), 1, null, null),
            ["debug-exit"] = new(new DebugExit(system), DebugExit.PortCount, null, null),
        };
    }

    private static void Scribble(Subject subject, int seed)
    {
        var random = new Random(seed);
        byte[] data = new byte[8];
        for (int i = 0; i < 64; i++)
        {
            Span<byte> access = data.AsSpan(0, random.Next(1, 9));
            random.NextBytes(access);
            var offset = (ulong)random.Next(subject.Length);
            if (random.Next(2) == 0) subject.Device.Write(offset, access);
            else subject.Device.Read(offset, access);
        }
    }

    /// <summary>What a guest sees of the registers.</summary>
    private static byte[] Fingerprint(Subject subject)
    {
        byte[] data = new byte[subject.Length];
        for (int offset = 0; offset < subject.Length; offset++) subject.Device.Read((ulong)offset, data.AsSpan(offset, 1));
        return data;
    }
}
