using KvmPS.Native.Interop;
using static KvmPS.Native.Interop.KvmConstants;

namespace KvmPS.Native;

/// <summary>One virtual machine of KVM: memory slots, the in-kernel interrupt controllers and the factory of vCPUs.</summary>
public sealed partial class VmFd : KernelFd
{
    private readonly int _runPageSize;
    private readonly List<MappedMemory> _slots = []; // one reference each: a slot points into its mapping for as long as a vCPU can run

    internal VmFd(int descriptor, Kvm kvm)
        : base(descriptor) =>
        _runPageSize = kvm.RunPageSize;

    /// <summary>
    /// Maps all regions of the guest's RAM, one slot each [kvm-api 4.35]. Do this before <see cref="CreateInterruptControllers"/>:
    /// afterwards the first slot waits milliseconds for a grace period in the kernel. The RAM stays mapped until the machine and its vCPUs
    /// are closed, whoever disposes <paramref name="memory"/> before.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The memory, or the machine, has been given back.</exception>
    public void MapMemory(GuestMemory memory)
    {
        foreach (GuestRegion region in memory.Regions) AddSlot(region);
    }

    /// <summary>
    /// Maps read-only memory in a slot of its own [kvm-api 4.35, KVM_MEM_READONLY], after the RAM and before the interrupt controllers: see
    /// <see cref="MapMemory"/>. It stays mapped until the machine and its vCPUs are closed.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The memory, or the machine, has been given back.</exception>
    public void MapRom(GuestRom rom) => AddSlot(rom.Region, KVM_MEM_READONLY);

    /// <summary>Where KVM on Intel puts three pages of its own for real mode [kvm-api 4.36].</summary>
    public void SetTssAddress(GuestAddress address) => Ioctl(KVM_SET_TSS_ADDR, (nint)address.Value);

    /// <summary>Where KVM on Intel puts its identity-mapped page table [kvm-api 4.40].</summary>
    public void SetIdentityMapAddress(GuestAddress address)
    {
        ulong value = address.Value;
        Ioctl(KVM_SET_IDENTITY_MAP_ADDR, ref value);
    }

    /// <summary>A new vCPU; its number is also its APIC id.</summary>
    public VcpuFd CreateVcpu(int index) => new(this, Ioctl(KVM_CREATE_VCPU, index), index, _runPageSize);

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        bool closed = base.ReleaseHandle();
        foreach (MappedMemory mapping in _slots) mapping.DangerousRelease();
        return closed;
    }

    private void AddSlot(GuestRegion region, uint flags = 0)
    {
        bool held = false;
        region.Mapping.DangerousAddRef(ref held);
        var slot = new kvm_userspace_memory_region
        {
            slot = (uint)_slots.Count,
            flags = flags,
            guest_phys_addr = region.Start.Value,
            memory_size = region.Size,
            userspace_addr = region.Mapping.Address,
        };
        _slots.Add(region.Mapping);
        Ioctl(KVM_SET_USER_MEMORY_REGION, ref slot);
    }
}
