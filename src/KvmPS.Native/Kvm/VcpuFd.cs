using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using KvmPS.Native.Interop;
using static KvmPS.Native.Interop.KvmConstants;

namespace KvmPS.Native;

/// <summary>
/// One vCPU of KVM and the page it shares with the kernel. Every call belongs on the vCPU's own thread (before it runs: on its creator's),
/// since KVM holds the vCPU's mutex while it runs.
/// </summary>
public sealed unsafe partial class VcpuFd : KernelFd
{
    private const int KernelSignalSetSize = 8;

    private readonly VmFd? _vm; // a reference is held; null when the constructor failed before
    private readonly MappedMemory? _runPage; // null when the constructor failed before
    private readonly kvm_run* _run; // SAFETY: points into _runPage, which lives until the handle is released

    /// <summary>Takes over a descriptor: it is closed when the constructor fails, too.</summary>
    internal VcpuFd(VmFd vm, int descriptor, int index, int runPageSize)
        : base(descriptor)
    {
        Index = index;
        try
        {
            bool held = false;
            vm.DangerousAddRef(ref held); // a vCPU can run for as long as it is open, and so long the guest's RAM has to stay
            _vm = vm;
            RunPageLength = runPageSize;
            _runPage = MappedMemory.OfFile(this, (nuint)runPageSize);
            // SAFETY: KVM maps at least struct kvm_run there, whose layout the ABI test proves.
            _run = (kvm_run*)_runPage.Pointer;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>The number of the vCPU in its machine, from 0.</summary>
    public int Index { get; }

    internal kvm_run* Run => _run;

    internal int RunPageLength { get; }

    /// <summary>The general registers [kvm-api 4.11].</summary>
    public kvm_regs GetRegisters()
    {
        kvm_regs registers = default;
        Ioctl(KVM_GET_REGS, ref registers);
        return registers;
    }

    /// <summary>Sets the general registers [kvm-api 4.12].</summary>
    public void SetRegisters(kvm_regs registers) => Ioctl(KVM_SET_REGS, ref registers);

    /// <summary>Segments and control registers [kvm-api 4.13].</summary>
    public kvm_sregs GetSpecialRegisters()
    {
        kvm_sregs registers = default;
        Ioctl(KVM_GET_SREGS, ref registers);
        return registers;
    }

    /// <summary>Sets segments and control registers [kvm-api 4.14].</summary>
    public void SetSpecialRegisters(kvm_sregs registers) => Ioctl(KVM_SET_SREGS, ref registers);

    /// <summary>
    /// Sets all registers at the next entry, through the shared page: no ioctl of their own (<c>KVM_CAP_SYNC_REGS</c>, [kvm-api 7.5]).
    /// </summary>
    public void SetRegistersOnEntry(in kvm_regs registers, in kvm_sregs special)
    {
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
            // SAFETY: the reference keeps the page mapped, and no KVM_RUN is under way on the calling (the vCPU's own) thread.
            _run->s__regs__regs = registers;
            _run->s__regs__sregs = special;
            _run->kvm_dirty_regs = KVM_SYNC_X86_REGS | KVM_SYNC_X86_SREGS;
        }
        finally
        {
            if (held) DangerousRelease();
        }
    }

    /// <summary>Sets what CPUID answers in this vCPU [kvm-api 4.20].</summary>
    public void SetCpuid(ReadOnlySpan<kvm_cpuid_entry2> entries)
    {
        byte[] buffer = Counted(entries);
        // SAFETY: the buffer is pinned for the call and holds as many entries as its first word says.
        fixed (byte* pointer = buffer) Ioctl(KVM_SET_CPUID2, (nint)pointer);
    }

    /// <summary>Sets model-specific registers [kvm-api 4.19].</summary>
    /// <exception cref="KvmException">KVM refuses one, which is named: it says how many it has set, and has no <c>errno</c> for the next one.</exception>
    public void SetMsrs(ReadOnlySpan<kvm_msr_entry> entries)
    {
        byte[] buffer = Counted(entries);
        int set;
        // SAFETY: the buffer is pinned for the call and holds as many entries as its first word says.
        fixed (byte* pointer = buffer) set = Ioctl(KVM_SET_MSRS, (nint)pointer);
        if (set < entries.Length) throw new KvmException($"KVM_SET_MSRS(0x{entries[set].index:x})", Errno.EINVAL);
    }

    /// <summary>The local APIC's registers, 1 KiB [kvm-api 4.57]. Needs the in-kernel interrupt controllers.</summary>
    public byte[] GetLocalApic()
    {
        byte[] page = new byte[LocalApicSize];
        // SAFETY: pinned for the call; the kernel writes struct kvm_lapic_state, which is 1024 bytes.
        fixed (byte* pointer = page) Ioctl(KVM_GET_LAPIC, (nint)pointer);
        return page;
    }

    /// <summary>Sets the local APIC's registers [kvm-api 4.58].</summary>
    /// <exception cref="ArgumentException">Not 1 KiB.</exception>
    public void SetLocalApic(ReadOnlySpan<byte> page)
    {
        if (page.Length != LocalApicSize) throw new ArgumentException($"A local APIC has {LocalApicSize} bytes of registers.", nameof(page));
        // SAFETY: pinned for the call; the kernel reads struct kvm_lapic_state, which is 1024 bytes.
        fixed (byte* pointer = page) Ioctl(KVM_SET_LAPIC, (nint)pointer);
    }

    /// <summary>Where the vCPU's page tables put a linear address, or null when they map it nowhere [kvm-api 4.22].</summary>
    public GuestAddress? Translate(ulong linearAddress)
    {
        var translation = new kvm_translation { linear_address = linearAddress };
        Ioctl(KVM_TRANSLATE, ref translation);
        return translation.valid != 0 ? new GuestAddress(translation.physical_address) : null;
    }

    /// <summary>
    /// Whether the vCPU executes nothing inside the kernel: halted, or an application processor that nobody has started yet
    /// [kvm-api 4.38]. Needs the in-kernel interrupt controllers.
    /// </summary>
    public bool IsIdle()
    {
        kvm_mp_state state = default;
        Ioctl(KVM_GET_MP_STATE, ref state);
        return state.mp_state is KVM_MP_STATE_HALTED or KVM_MP_STATE_UNINITIALIZED or KVM_MP_STATE_INIT_RECEIVED;
    }

    /// <summary>Enters the guest. Returns 0, or the <c>errno</c> of a return without an exit (EINTR for a kick).</summary>
    internal int Enter() =>
        // The caller (VcpuThread) holds a reference for its whole life, so the hot path needs none.
        Libc.ioctl(Number, KVM_RUN, 0) == 0 ? 0 : Marshal.GetLastPInvokeError();

    /// <summary>
    /// Finishes a pending port or MMIO access without running the guest further [kvm-api 5, immediate_exit]. True when the same instruction
    /// has a further exit, such as the write of a read-modify-write, that must be handled before it is finished.
    /// </summary>
    internal bool CompletePendingAccess()
    {
        // SAFETY: the caller holds a reference, as for Enter, and no KVM_RUN is under way on the calling thread.
        _run->immediate_exit = 1;
        int error = Enter();
        _run->immediate_exit = 0;
        return error switch
        {
            0 => true,
            Errno.EINTR or Errno.EAGAIN => false,
            _ => throw new KvmException(nameof(KVM_RUN), error),
        };
    }

    /// <summary>The signals that are blocked inside <c>KVM_RUN</c> [kvm-api 4.21].</summary>
    internal void SetSignalMask(ulong blocked)
    {
        // SAFETY: struct kvm_signal_mask is a 32-bit length followed by that many bytes, without padding.
        byte* argument = stackalloc byte[sizeof(uint) + KernelSignalSetSize];
        *(uint*)argument = KernelSignalSetSize;
        *(ulong*)(argument + sizeof(uint)) = blocked;
        Ioctl(KVM_SET_SIGNAL_MASK, (nint)argument);
    }

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        _runPage?.Dispose();
        bool closed = base.ReleaseHandle();
        _vm?.DangerousRelease();
        return closed;
    }

    private const int LocalApicSize = 1024;

    /// <summary>A kernel array: a 32-bit count, 32 bits of padding, the entries.</summary>
    private static byte[] Counted<T>(ReadOnlySpan<T> entries) where T : unmanaged
    {
        byte[] buffer = new byte[sizeof(ulong) + (entries.Length * Unsafe.SizeOf<T>())];
        MemoryMarshal.Write(buffer, entries.Length);
        MemoryMarshal.AsBytes(entries).CopyTo(buffer.AsSpan(sizeof(ulong)));
        return buffer;
    }
}
