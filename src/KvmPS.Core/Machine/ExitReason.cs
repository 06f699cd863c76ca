namespace KvmPS.Core.Machine;

/// <summary>Why a machine ended.</summary>
public enum ExitReason
{
    /// <summary>It has not ended.</summary>
    None,

    /// <summary>The guest switched itself off.</summary>
    GuestShutdown,

    /// <summary>The guest pulled the reset line, by keyboard controller or reset register.</summary>
    GuestReset,

    /// <summary>The guest's kernel panicked.</summary>
    GuestPanic,

    /// <summary>The guest wrote to the debug-exit port; the exit code is its own.</summary>
    DebugExit,

    /// <summary>Every vCPU halted with interrupts off: nothing can ever happen again.</summary>
    Halted,

    /// <summary>A fault while handling a fault while handling a fault: a PC would reset.</summary>
    TripleFault,

    /// <summary>KVM met an instruction that it can neither run nor emulate.</summary>
    EmulationFailure,

    /// <summary>KVM or KvmPS itself could not go on.</summary>
    InternalError,

    /// <summary>The host pulled the plug.</summary>
    TurnedOff,
}
