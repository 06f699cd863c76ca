using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KvmPS.Native.Interop;
using static KvmPS.Native.Interop.KvmConstants;

namespace KvmPS.Native;

/// <summary>Interrupts: the in-kernel controllers, their inputs, messages, and files that stand for either.</summary>
public sealed partial class VmFd
{
    /// <summary>PIC, I/O APIC and local APICs in the kernel [kvm-api 4.24], and the PIT with port 0x61 [kvm-api 4.71]. Before any vCPU.</summary>
    public void CreateInterruptControllers()
    {
        Ioctl(KVM_CREATE_IRQCHIP);
        var pit = new kvm_pit_config { flags = KVM_PIT_SPEAKER_DUMMY };
        Ioctl(KVM_CREATE_PIT2, ref pit);
    }

    /// <summary>Drives an input of the in-kernel interrupt controllers, by GSI [kvm-api 4.25].</summary>
    public void SetInterruptLine(int gsi, bool level)
    {
        var irq = new kvm_irq_level { irq = (uint)gsi, level = level ? 1u : 0u };
        Ioctl(KVM_IRQ_LINE, ref irq);
    }

    /// <summary>
    /// Lets a file drive an interrupt [kvm-api 4.75]. Without <paramref name="resample"/> each signal is an edge: the input goes up and down, or
    /// the message of the GSI's route is sent. With it a signal raises the input, which stays up until the guest's end of interrupt
    /// takes it down and signals <paramref name="resample"/>. KVM keeps both counters for as long as the route stands, even when the files are closed.
    /// </summary>
    /// <param name="trigger">Signalled by whoever interrupts; one GSI a file.</param>
    /// <param name="gsi">Which interrupt.</param>
    /// <param name="resample">Signalled by KVM; null for edges.</param>
    /// <exception cref="KvmException">EINVAL: there are no interrupt controllers, or no such GSI; EBUSY: the trigger drives another interrupt already.</exception>
    /// <exception cref="ObjectDisposedException">A file, or the machine, was closed.</exception>
    public void AttachIrqFd(EventFd trigger, int gsi, EventFd? resample = null)
    {
        using FileNumber triggerFile = new(trigger);
        using FileNumber resampleFile = new(resample);
        var irq = new kvm_irqfd
        {
            fd = (uint)triggerFile.Value,
            gsi = (uint)gsi,
            flags = resample is null ? 0 : KVM_IRQFD_FLAG_RESAMPLE,
            resamplefd = resample is null ? 0 : (uint)resampleFile.Value,
        };
        Ioctl(KVM_IRQFD, ref irq);
    }

    /// <summary>Takes a file off an interrupt. When it returns, no signal is on its way any more. Nothing happens when the file drives none.</summary>
    /// <exception cref="ObjectDisposedException">The file, or the machine, was closed.</exception>
    public void DetachIrqFd(EventFd trigger, int gsi)
    {
        using FileNumber triggerFile = new(trigger);
        var irq = new kvm_irqfd { fd = (uint)triggerFile.Value, gsi = (uint)gsi, flags = KVM_IRQFD_FLAG_DEASSIGN };
        Ioctl(KVM_IRQFD, ref irq);
    }

    /// <summary>Sends a message-signalled interrupt [kvm-api 4.71].</summary>
    /// <returns>False when no local APIC took it: the guest has switched its own off, or masks the message.</returns>
    /// <exception cref="KvmException">There are no interrupt controllers, or the message is none that an APIC knows.</exception>
    public bool SignalMsi(MsiMessage message)
    {
        var msi = new kvm_msi { address_lo = message.AddressLow, address_hi = message.AddressHigh, data = message.Data };
        return Ioctl(KVM_SIGNAL_MSI, ref msi) > 0;
    }

    /// <summary>Replaces the whole table of what each GSI means [kvm-api 4.52]; see <see cref="GsiRoutingTable"/>.</summary>
    internal unsafe void SetGsiRouting(ReadOnlySpan<kvm_irq_routing_entry> entries)
    {
        byte[] buffer = new byte[sizeof(kvm_irq_routing) + (entries.Length * sizeof(kvm_irq_routing_entry))];
        MemoryMarshal.Write(buffer, new kvm_irq_routing { nr = (uint)entries.Length });
        MemoryMarshal.AsBytes(entries).CopyTo(buffer.AsSpan(Unsafe.SizeOf<kvm_irq_routing>()));
        // SAFETY: the buffer is pinned for the call and holds as many entries as its first word says.
        fixed (byte* pointer = buffer) Ioctl(KVM_SET_GSI_ROUTING, (nint)pointer);
    }

    /// <summary>The number of a file for the time of a call, during which it cannot be closed.</summary>
    private readonly ref struct FileNumber
    {
        private readonly EventFd? _file;

        public FileNumber(EventFd? file)
        {
            bool held = false;
            file?.DangerousAddRef(ref held);
            _file = file;
            Value = file is null ? -1 : (int)file.DangerousGetHandle();
        }

        public int Value { get; }

        public void Dispose() => _file?.DangerousRelease();
    }
}
