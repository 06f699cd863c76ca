using KvmPS.Core.Devices;
using KvmPS.Core.Devices.Acpi;
using KvmPS.Core.Devices.Legacy;
using KvmPS.Core.Devices.Paravirtual;
using KvmPS.Core.Devices.Virtio;
using KvmPS.Native;
using KvmPS.Stress.Virtio;
using KvmPS.Tests.Devices.Virtio;

namespace KvmPS.Tests.Devices;

/// <summary>A device as the conformance test sees it: its registers, and its state as something that compares by value.</summary>
/// <param name="Device">The device.</param>
/// <param name="Length">How many addresses it answers.</param>
/// <param name="Capture">Gives its state; null when it has none.</param>
/// <param name="Restore">Puts a state back.</param>
internal sealed record ConformanceSubject(IBusDevice Device, int Length, Func<object>? Capture, Action<object>? Restore)
{
    /// <summary>A fresh device of each kind, by its type. A new device of the product is added here, or the test fails.</summary>
    public static Dictionary<Type, ConformanceSubject> All(ISystemControl system, GuestMemory memory)
    {
        var time = new ManualTime();
        var terminal = new NullTerminal();
        ConformanceSubject[] subjects =
        [
            Of(new Uart16550("uart0", new FakeLine(), terminal, terminal), Uart16550.PortCount, d => d.Capture(), (d, s) => d.Restore(s)),
            Of(new I8042(system, new FakeLine()), 5, d => d.Capture(), (d, s) => d.Restore(s)),
            Of(new PciHostStub(system), PciHostStub.PortCount, d => d.Capture(), (d, s) => d.Restore(s)),
            Of(new SystemControlPort(system), 1, d => d.Capture(), (d, s) => d.Restore(s)),
            Of(new PostCodePort(time), 1, d => d.Capture(), (d, s) => d.Restore(s)),
            Of(new CmosRtc(time, new FakeLine(), TimeSpan.FromHours(1), CmosNvram.Of(64 << 20, 0, 1)), CmosRtc.PortCount, d => d.Capture(), (d, s) => d.Restore(s)),
            Of(new FwCfg(new FwCfgItems(memory.Size, 1, "quiet", [new FwCfgFile("etc/a", new byte[300])]), memory), FwCfg.PortCount, d => d.Capture(), (d, s) => d.Restore(s)),
            Of(new AcpiPm(system, new FakeLine(), time), AcpiPm.PortCount, d => d.Capture(), (d, s) => d.Restore(s)),
            Of(new MmioTransport(new EchoDevice(isThreaded: false, 16), memory, new FakeLine(), new NullVirtioHost()), MmioTransport.Length, d => d.Capture(), (d, s) => d.Restore(s)),
            Stateless(new DebugConsole(terminal), 1),
            Stateless(new DebugExit(system), DebugExit.PortCount),
            Stateless(new PvPanic(system), 1),
            Stateless(new ReadyPort(system), 1),
        ];
        return subjects.ToDictionary(static subject => subject.Device.GetType());
    }

    private static ConformanceSubject Of<TDevice, TState>(TDevice device, int length, Func<TDevice, TState> capture, Action<TDevice, TState> restore)
        where TDevice : IBusDevice
        where TState : notnull =>
        new(device, length, () => capture(device), state => restore(device, (TState)state));

    private static ConformanceSubject Stateless(IBusDevice device, int length) => new(device, length, null, null);
}
