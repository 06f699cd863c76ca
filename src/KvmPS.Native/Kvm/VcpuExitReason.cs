using static KvmPS.Native.Interop.KvmConstants;

namespace KvmPS.Native;

/// <summary>Why a vCPU left the guest for the host: the exit reasons of KVM on x86 [kvm-api 5].</summary>
public enum VcpuExitReason
{
    /// <summary>An exit that KVM itself does not know.</summary>
    Unknown = (int)KVM_EXIT_UNKNOWN,

    /// <summary>An exception that KVM hands to user space.</summary>
    Exception = (int)KVM_EXIT_EXCEPTION,

    /// <summary>An access to an I/O port.</summary>
    Io = (int)KVM_EXIT_IO,

    /// <summary>A hypercall.</summary>
    Hypercall = (int)KVM_EXIT_HYPERCALL,

    /// <summary>A breakpoint or a single step.</summary>
    Debug = (int)KVM_EXIT_DEBUG,

    /// <summary>HLT, on machines without in-kernel interrupt controllers.</summary>
    Halt = (int)KVM_EXIT_HLT,

    /// <summary>An access to a physical address that is not RAM.</summary>
    Mmio = (int)KVM_EXIT_MMIO,

    /// <summary>The guest can take an interrupt now.</summary>
    InterruptWindow = (int)KVM_EXIT_IRQ_WINDOW_OPEN,

    /// <summary>A triple fault.</summary>
    Shutdown = (int)KVM_EXIT_SHUTDOWN,

    /// <summary>The CPU refused to enter the guest.</summary>
    FailEntry = (int)KVM_EXIT_FAIL_ENTRY,

    /// <summary>A signal.</summary>
    Interrupted = (int)KVM_EXIT_INTR,

    /// <summary>A non-maskable interrupt of the host.</summary>
    Nmi = (int)KVM_EXIT_NMI,

    /// <summary>KVM could not go on: most often, an instruction that it could not emulate.</summary>
    InternalError = (int)KVM_EXIT_INTERNAL_ERROR,

    /// <summary>Shutdown, reset or crash, asked for through KVM.</summary>
    SystemEvent = (int)KVM_EXIT_SYSTEM_EVENT,

    /// <summary>End of interrupt at a split I/O APIC.</summary>
    IoapicEoi = (int)KVM_EXIT_IOAPIC_EOI,

    /// <summary>A read of a model-specific register that user space answers.</summary>
    ReadMsr = (int)KVM_EXIT_X86_RDMSR,

    /// <summary>A write of a model-specific register that user space takes.</summary>
    WriteMsr = (int)KVM_EXIT_X86_WRMSR,
}
