namespace KvmPS.Core.Debug;

/// <summary>Why a machine cannot be looked into, or changed, in the way that was asked.</summary>
public enum InspectionFailure
{
    /// <summary>The vCPU has never run: it has no registers yet.</summary>
    NeverStarted,

    /// <summary>The machine runs; what was asked needs it to stand still.</summary>
    Running,

    /// <summary>The machine is off, and holds no memory and no vCPU.</summary>
    Off,

    /// <summary>An address is not RAM.</summary>
    NotInRam,

    /// <summary>Neither KVM nor the CPU takes a value.</summary>
    RegisterRefused,

    /// <summary>The machine has no interrupt controllers.</summary>
    NoInterruptController,
}

/// <summary>A machine cannot be looked into, or changed, in the way that was asked. Nothing has been changed.</summary>
public sealed class InspectionException : Exception
{
    internal InspectionException(InspectionFailure failure, string machine, string message, Exception? inner = null)
        : base(message, inner)
    {
        Failure = failure;
        Machine = machine;
    }

    /// <summary>Why.</summary>
    public InspectionFailure Failure { get; }

    /// <summary>The machine's name.</summary>
    public string Machine { get; }
}
