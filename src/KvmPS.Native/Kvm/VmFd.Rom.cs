using KvmPS.Native.Interop;
using static KvmPS.Native.Interop.KvmConstants;

namespace KvmPS.Native;

/// <content>Read-only memory.</content>
public sealed partial class VmFd
{
    /// <summary>
    /// Maps read-only memory in a slot of its own [kvm-api 4.35, KVM_MEM_READONLY], after the RAM and before the interrupt controllers: see
    /// <see cref="MapMemory"/>. It stays mapped until the machine and its vCPUs are closed.
    /// </summary>
    /// <exception cref="ObjectDisposedException">The memory, or the machine, has been given back.</exception>
    public void MapRom(GuestRom rom)
    {
        bool held = false;
        rom.Mapping.DangerousAddRef(ref held);
        var mapping = new kvm_userspace_memory_region
        {
            slot = (uint)_slots.Count,
            flags = KVM_MEM_READONLY,
            guest_phys_addr = rom.Start.Value,
            memory_size = rom.Size,
            userspace_addr = (ulong)rom.Mapping.DangerousGetHandle(),
        };
        _slots.Add(rom.Mapping);
        Ioctl(KVM_SET_USER_MEMORY_REGION, ref mapping);
    }
}
