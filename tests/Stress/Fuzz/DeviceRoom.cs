using KvmPS.Core.Boot;
using KvmPS.Core.Devices;
using KvmPS.Core.Host;
using KvmPS.Core.Machine;
using KvmPS.Native;

namespace KvmPS.Stress.Fuzz;

/// <summary>All devices of the platform as a guest finds them, without a guest: whatever the platform adds is fuzzed with the rest.</summary>
internal sealed class DeviceRoom : IDisposable
{
    /// <summary>The guest's RAM, for devices that read or write it.</summary>
    public const ulong MemoryBytes = 1 << 20;

    private const int SerialLogBytes = 1 << 17;
    private const int MostToFree = 16;
    private static readonly Queue<Task> Freeing = new(); // a machine of KVM takes milliseconds of waiting to free

    private readonly MachineConsoles _consoles;
    private readonly MachineInstance _machine;

    /// <summary>A machine that is switched on.</summary>
    /// <param name="interruptControllers">Whether it has KVM's interrupt controllers, on whose wires the devices pull; without <c>/dev/kvm</c> it has none.</param>
    public DeviceRoom(bool interruptControllers)
    {
        interruptControllers &= File.Exists(KvmDevice.Path);
        var config = new MachineConfig
        {
            Name = "fuzz",
            Boot = new CodeBoot(new byte[] { 0xF4 }, CpuMode.Real, MemoryLayout.RawCode),
            MemoryBytes = MemoryBytes,
            InterruptController = interruptControllers,
            SerialLogLimit = SerialLogBytes,
        };
        _consoles = new MachineConsoles(config);
        _machine = new MachineInstance(config, _consoles, new MachineDisks(config, new MachineNotices()), new UnobservedRun())
        {
            Memory = GuestMemory.Allocate(MemoryBytes, new GuestAddress(MemoryLayout.MmioHoleStart), new GuestAddress(MemoryLayout.MmioHoleEnd)),
        };
        try
        {
            if (interruptControllers) ConnectKvm();
            PcPlatform.AddDevices(_machine);
        }
        catch
        {
            Free();
            throw;
        }
    }

    /// <summary>The I/O ports.</summary>
    public Bus Ports => _machine.Ports;

    /// <summary>Physical addresses that are not RAM.</summary>
    public Bus Mmio => _machine.Mmio;

    /// <summary>The RAM.</summary>
    public GuestMemory Memory => _machine.Memory!;

    /// <summary>What someone types on the host.</summary>
    public void Type(ReadOnlySpan<byte> input) => _machine.Serial.WriteInput(input);

    /// <summary>What a reset of the machine does to its devices.</summary>
    public void Reset()
    {
        Ports.Reset();
        Mmio.Reset();
    }

    /// <summary>Frees the machine beside the next cases.</summary>
    public void Dispose()
    {
        while (Freeing.Count >= MostToFree) Freeing.Dequeue().GetAwaiter().GetResult();
        Freeing.Enqueue(Task.Run(Free));
    }

    private void Free()
    {
        _machine.Free();
        _consoles.Complete();
    }

    private void ConnectKvm()
    {
        using Kvm kvm = Kvm.Open(KvmDevice.Path);
        _machine.Vm = kvm.CreateVm();
        _machine.Vm.MapMemory(Memory);
        _machine.Vm.CreateInterruptControllers();
    }
}
