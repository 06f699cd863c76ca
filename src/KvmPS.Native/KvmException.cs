using System.Runtime.InteropServices;

namespace KvmPS.Native;

/// <summary>A system call or ioctl that failed: the one way from <c>errno</c> to an exception.</summary>
public sealed class KvmException : Exception
{
    internal KvmException(string call, int errno)
        : base($"{call} failed: {Interop.Errno.Name(errno)} ({Marshal.GetPInvokeErrorMessage(errno)}).")
    {
        Call = call;
        Errno = errno;
    }

    /// <summary>The call as the kernel's documents name it, such as <c>KVM_CREATE_VM</c> or <c>open(/dev/kvm)</c>.</summary>
    public string Call { get; }

    /// <summary>The error number.</summary>
    public int Errno { get; }

    /// <summary>The symbolic name of the error number, such as <c>EBUSY</c>.</summary>
    public string ErrnoName => Interop.Errno.Name(Errno);

    /// <summary>Throws for a result of -1, with the calling thread's <c>errno</c>.</summary>
    internal static nint ThrowIfFailed(nint result, string call)
    {
        if (result == -1) throw new KvmException(call, Marshal.GetLastPInvokeError());
        return result;
    }
}
