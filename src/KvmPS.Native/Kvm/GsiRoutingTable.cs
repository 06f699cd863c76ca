using KvmPS.Native.Interop;
using static KvmPS.Native.Interop.KvmConstants;

namespace KvmPS.Native;

/// <summary>
/// What each GSI of a machine means: below 24 the inputs of a PC's controllers, as KVM itself sets them up; from 24 on messages, which get
/// numbers here. The one owner of the machine's routing, since KVM takes only whole tables. Safe from any thread.
/// </summary>
/// <remarks>LOCK ORDER: <see cref="_gate"/> is a leaf but for the ioctl, which may wait milliseconds until no vCPU reads the old table.</remarks>
public sealed class GsiRoutingTable
{
    /// <summary>The first GSI of a message: the I/O APIC has 24 inputs.</summary>
    public const int FirstMessage = IoApicPins;

    private const int IoApicPins = 24;
    private const int PicPins = 8; // on each of two

    private readonly VmFd _vm;
    private readonly Lock _gate = new();
    private readonly SortedDictionary<int, MsiMessage> _messages = []; // guarded by _gate

    /// <summary>The table of a machine that has interrupt controllers and the default routing.</summary>
    public GsiRoutingTable(VmFd vm) => _vm = vm;

    /// <summary>The lowest free GSI, routed to a message.</summary>
    /// <exception cref="KvmException">EINVAL: KVM has no room for more, or no interrupt controllers. The table is as before.</exception>
    public int Allocate(MsiMessage message)
    {
        lock (_gate)
        {
            int gsi = FirstMessage;
            while (_messages.ContainsKey(gsi)) gsi++;
            ApplyUnsynchronized(gsi, message);
            return gsi;
        }
    }

    /// <summary>Gives a GSI another message.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It was not allocated.</exception>
    public void Update(int gsi, MsiMessage message)
    {
        lock (_gate)
        {
            ThrowIfUnknownUnsynchronized(gsi);
            ApplyUnsynchronized(gsi, message);
        }
    }

    /// <summary>Gives a GSI back; signals to it do nothing.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It was not allocated.</exception>
    public void Free(int gsi)
    {
        lock (_gate)
        {
            ThrowIfUnknownUnsynchronized(gsi);
            ApplyUnsynchronized(gsi, message: null);
        }
    }

    private void ThrowIfUnknownUnsynchronized(int gsi)
    {
        if (!_messages.ContainsKey(gsi)) throw new ArgumentOutOfRangeException(nameof(gsi), gsi, "No message has this GSI.");
    }

    /// <summary>Sets or removes one message, in KVM first: when it refuses, nothing has changed.</summary>
    private void ApplyUnsynchronized(int gsi, MsiMessage? message)
    {
        var entries = new List<kvm_irq_routing_entry>(IoApicPins + (2 * PicPins) + _messages.Count + 1);
        AddControllers(entries);
        foreach ((int other, MsiMessage kept) in _messages)
        {
            if (other != gsi) entries.Add(Message(other, kept));
        }

        if (message is { } added) entries.Add(Message(gsi, added));
        _vm.SetGsiRouting([.. entries]);

        if (message is { } set) _messages[gsi] = set;
        else _messages.Remove(gsi);
    }

    /// <summary>KVM's own routing of a PC: each of the first 16 reaches the I/O APIC and one of the PICs, the rest the I/O APIC alone.</summary>
    private static void AddControllers(List<kvm_irq_routing_entry> entries)
    {
        for (int gsi = 0; gsi < IoApicPins; gsi++)
        {
            entries.Add(Pin(gsi, KVM_IRQCHIP_IOAPIC, gsi));
            if (gsi < 2 * PicPins) entries.Add(Pin(gsi, gsi < PicPins ? KVM_IRQCHIP_PIC_MASTER : KVM_IRQCHIP_PIC_SLAVE, gsi % PicPins));
        }
    }

    private static kvm_irq_routing_entry Pin(int gsi, uint chip, int pin) =>
        new() { gsi = (uint)gsi, type = KVM_IRQ_ROUTING_IRQCHIP, u__irqchip__irqchip = chip, u__irqchip__pin = (uint)pin };

    private static kvm_irq_routing_entry Message(int gsi, MsiMessage message) => new()
    {
        gsi = (uint)gsi,
        type = KVM_IRQ_ROUTING_MSI,
        u__msi__address_lo = message.AddressLow,
        u__msi__address_hi = message.AddressHigh,
        u__msi__data = message.Data,
    };
}
