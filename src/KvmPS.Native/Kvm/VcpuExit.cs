using KvmPS.Native.Interop;
using static KvmPS.Native.Interop.KvmConstants;

namespace KvmPS.Native;

/// <summary>One exit of a vCPU, read in place from the page that KVM shares. Valid until the handler returns; costs no copy and no allocation.</summary>
public readonly unsafe ref struct VcpuExit
{
    private readonly kvm_run* _run; // SAFETY: the vCPU thread holds a reference on the vCPU, and so on its page, while a handler runs
    private readonly int _length;

    internal VcpuExit(VcpuFd vcpu)
    {
        Vcpu = vcpu;
        _run = vcpu.Run;
        _length = vcpu.RunPageLength;
    }

    /// <summary>The vCPU that exited.</summary>
    public VcpuFd Vcpu { get; }

    /// <summary>Why.</summary>
    public VcpuExitReason Reason => (VcpuExitReason)_run->exit_reason;

    /// <summary>For <see cref="VcpuExitReason.Io"/>: whether the guest writes.</summary>
    public bool IsPortWrite => _run->io__direction == KVM_EXIT_IO_OUT;

    /// <summary>For <see cref="VcpuExitReason.Io"/>: the port.</summary>
    public ushort Port => _run->io__port;

    /// <summary>For <see cref="VcpuExitReason.Io"/>: bytes of one element, 1, 2 or 4. <c>rep ins</c> and <c>rep outs</c> come with several elements.</summary>
    public int PortWidth => _run->io__size;

    /// <summary>For <see cref="VcpuExitReason.Io"/>: all elements, to be read (guest writes) or filled (guest reads).</summary>
    public Span<byte> PortData
    {
        get
        {
            ulong offset = _run->io__data_offset;
            ulong length = (ulong)_run->io__size * _run->io__count;
            if (offset > (ulong)_length || length > (ulong)_length - offset) throw new InvalidOperationException("KVM named port data outside its shared page.");
            // SAFETY: the range was just checked to lie in the mapped page, which outlives this ref struct.
            return new Span<byte>((byte*)_run + offset, (int)length);
        }
    }

    /// <summary>For <see cref="VcpuExitReason.Mmio"/>: whether the guest writes.</summary>
    public bool IsMmioWrite => _run->mmio__is_write != 0;

    /// <summary>For <see cref="VcpuExitReason.Mmio"/>: the physical address.</summary>
    public ulong MmioAddress => _run->mmio__phys_addr;

    /// <summary>For <see cref="VcpuExitReason.Mmio"/>: the bytes, at most 8, to be read (guest writes) or filled (guest reads).</summary>
    public Span<byte> MmioData =>
        // SAFETY: mmio.data is 8 bytes inside the mapped page; the length is clamped to them.
        new(&_run->mmio__data, (int)Math.Min(_run->mmio__len, sizeof(ulong)));

    /// <summary>For <see cref="VcpuExitReason.InternalError"/>: the kind; 1 is an instruction that KVM could not emulate.</summary>
    public uint InternalSuberror => _run->@internal__suberror;

    /// <summary>For <see cref="VcpuExitReason.FailEntry"/>: the CPU's reason code.</summary>
    public ulong FailEntryReason => _run->fail_entry__hardware_entry_failure_reason;

    /// <summary>For <see cref="VcpuExitReason.SystemEvent"/>: 1 shutdown, 2 reset, 3 crash.</summary>
    public uint SystemEvent => _run->system_event__type;
}
