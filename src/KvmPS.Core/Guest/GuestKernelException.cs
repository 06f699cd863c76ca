using KvmPS.Core.Serial;

namespace KvmPS.Core.Guest;

/// <summary>A guest's kernel has said that it is broken, while the guest was spoken to.</summary>
public sealed class GuestKernelException : Exception
{
    internal GuestKernelException(KernelFailure failure, string line, byte[] output)
        : base($"The guest's kernel is broken: {line}")
    {
        Failure = failure;
        Line = line;
        Output = output;
    }

    /// <summary>What is broken.</summary>
    public KernelFailure Failure { get; }

    /// <summary>What the kernel has said.</summary>
    public string Line { get; }

    /// <summary>What the command has written so far.</summary>
    public byte[] Output { get; }
}
