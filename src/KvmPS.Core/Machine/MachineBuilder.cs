using KvmPS.Core.Boot;
using KvmPS.Core.Cpu;
using KvmPS.Core.Host;
using KvmPS.Native;
using KvmPS.Native.Interop;

namespace KvmPS.Core.Machine;

/// <summary>Builds one run of a machine, in numbered steps. When a step fails, everything before it is freed.</summary>
internal static class MachineBuilder
{
    /// <summary>A machine ready to run.</summary>
    /// <param name="config">What to build.</param>
    /// <param name="consoles">The host's ends of its lines; they stay the caller's.</param>
    /// <param name="disks">Its disks, open; they stay the caller's, too.</param>
    /// <param name="observer">Told what becomes of the run.</param>
    /// <exception cref="ArgumentException">It has several vCPUs and no interrupt controllers.</exception>
    /// <exception cref="CpuFeatureException">A CPU feature is not known, or not offered.</exception>
    /// <exception cref="HostLimitException">It asks for host CPUs or addresses that are not there.</exception>
    /// <exception cref="KvmException">KVM is not there, or refuses; ENOMEM: the host has not the memory.</exception>
    /// <exception cref="ImageNotBootableException">The image cannot be booted on this machine.</exception>
    public static MachineInstance Build(MachineConfig config, MachineConsoles consoles, MachineDisks disks, IRunObserver observer)
    {
        if (config.VcpuCount > 1 && !config.InterruptController)
            throw new ArgumentException("Several vCPUs need interrupt controllers: nothing else can start the others.", nameof(config));

        ArgumentOutOfRangeException.ThrowIfLessThan(config.SerialPortCount, 1, nameof(config));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(config.SerialPortCount, MachineConfig.MostSerialPorts, nameof(config));
        VcpuPlacement.Check(config);

        // The image first: a wrong path or a broken header costs nothing from KVM.
        using OpenedImage image = BootImages.Open(config.Boot);

        MachineInstance instance = new(config, consoles, disks, observer);
        try
        {
            using Kvm kvm = Kvm.Open(KvmDevice.Path);
            HostCpu host = HostCpu.Of(kvm);
            var features = CpuFeatureMask.Parse(config.CpuFeatures);

            // 1. RAM, and a machine that has it. Slots come before the interrupt controllers: see VmFd.MapMemory.
            instance.Memory = AllocateMemory(config);
            CheckReach(instance.Memory, host);
            instance.Vm = kvm.CreateVm();
            instance.Vm.MapMemory(instance.Memory);
            instance.Rom = image.Image.CreateRom();
            if (instance.Rom is { } rom) instance.Vm.MapRom(rom);

            // 2. Interrupt controllers, before the vCPUs that get a local APIC from them.
            instance.Vm.SetTssAddress(new GuestAddress(MemoryLayout.KvmTaskStateSegment));
            instance.Vm.SetIdentityMapAddress(new GuestAddress(MemoryLayout.KvmIdentityMap));
            if (config.InterruptController) instance.Vm.CreateInterruptControllers();

            // 3. Devices.
            PcPlatform.AddDevices(instance);

            // 4. The image, its parameters and its tables.
            CpuEntry entry = PlaceImage(instance, image.Image);

            // 5. vCPUs, the first one at the entry.
            for (int index = 0; index < config.VcpuCount; index++)
            {
                VcpuFd vcpu = instance.Vm.CreateVcpu(index);
                instance.Add(vcpu, $"kvm-{config.Name}-vcpu{index}", VcpuPlacement.For(config, index));
                vcpu.SetCpuid(CpuidBuilder.Build(host.SupportedCpuid, index, config.VcpuCount, config.InterruptController && host.HasTscDeadline, features));
                if (config.Boot is KernelBoot) SetUpAsFirmware(vcpu, config);
                if (index > 0 || config.Boot is FirmwareBoot) continue; // the reset vector is where KVM starts
                (kvm_regs general, kvm_sregs special) = EntryState.Prepare(entry, vcpu.GetSpecialRegisters(), instance.Memory);
                vcpu.SetRegistersOnEntry(general, special);
            }

            return instance;
        }
        catch
        {
            instance.Free();
            throw;
        }
    }

    private static GuestMemory AllocateMemory(MachineConfig config)
    {
        var options = new GuestMemoryOptions { HugePages = config.HugePages, Prefault = config.Prefault };
        return GuestMemory.Allocate(config.MemoryBytes, new GuestAddress(MemoryLayout.MmioHoleStart), new GuestAddress(MemoryLayout.MmioHoleEnd), options);
    }

    /// <summary>RAM that no instruction can name would be a machine smaller than its user thinks.</summary>
    private static void CheckReach(GuestMemory memory, HostCpu host)
    {
        if (memory.Regions[^1].End.Value <= 1ul << host.PhysicalAddressBits) return;
        throw new HostLimitException($"{memory.Size >> 30} GiB of RAM end above the {host.PhysicalAddressBits} bits of this host's physical addresses.");
    }

    /// <summary>What firmware does to a CPU before a kernel sees it; raw code finds it as after reset.</summary>
    private static void SetUpAsFirmware(VcpuFd vcpu, MachineConfig config)
    {
        if (config.InterruptController) LocalApic.ConnectPins(vcpu);
        vcpu.SetMsrs(BootMsrs.Values);
    }

    /// <summary>Puts the image into memory with all that it is to find there.</summary>
    /// <param name="instance">The machine, with RAM and devices.</param>
    /// <param name="image">The image of its boot source.</param>
    /// <param name="record">Is told what is placed where; null when nobody wants to know.</param>
    /// <exception cref="ImageNotBootableException">It does not fit together.</exception>
    internal static CpuEntry PlaceImage(MachineInstance instance, BootImage image, PlacementRecord? record = null)
    {
        GuestMemory memory = instance.Memory!;
        MachineConfig config = instance.Config;
        if (config.Boot is not KernelBoot kernel) return image.Place(memory, new BootParameters { Record = record });

        VirtioSlot[] virtio = [.. config.VirtioSlots];
        bool byCommandLine = virtio.Length > 0 && VirtioAnnouncement.NeedsCommandLine(image, kernel.CommandLine, config.HasPowerManagement);
        using var modules = OpenedModules.Of(kernel);
        return image.Place(memory, new BootParameters
        {
            Record = record,
            CommandLine = byCommandLine ? VirtioAnnouncement.ForCommandLine(kernel.CommandLine, virtio) : kernel.CommandLine,
            Initrds = modules.List,
            MpProcessors = config.InterruptController ? config.VcpuCount : null,
            Acpi = config.HasPowerManagement ? AcpiDescription.Tables(instance.Ports, config.VcpuCount, byCommandLine ? [] : virtio) : null,
        });
    }
}
