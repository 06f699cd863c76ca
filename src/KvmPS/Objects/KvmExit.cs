using KvmPS.Core.Machine;

namespace KvmPS;

/// <summary>How a machine ended.</summary>
public sealed class KvmExit
{
    internal KvmExit(MachineExit exit)
    {
        Reason = exit.Reason;
        Message = exit.Message;
        ExitCode = exit.ExitCode;
        Fault = exit.Fault is { } fault ? new KvmFault(fault) : null;
        Exception = exit.Exception;
    }

    /// <summary>The reason.</summary>
    public ExitReason Reason { get; }

    /// <summary>One sentence about it.</summary>
    public string Message { get; }

    /// <summary>The exit code that the guest gave to the debug-exit port; null for other ends.</summary>
    public int? ExitCode { get; }

    /// <summary>Where the vCPU was, for faults.</summary>
    public KvmFault? Fault { get; }

    internal Exception? Exception { get; }

    /// <summary>The reason, with the exit code if there is one.</summary>
    public override string ToString() => ExitCode is { } code ? $"{Reason} ({code})" : Reason.ToString();
}
