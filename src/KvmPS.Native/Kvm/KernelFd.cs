using System.Runtime.InteropServices;
using KvmPS.Native.Interop;

namespace KvmPS.Native;

/// <summary>A file descriptor that is closed when its last user lets go of it, with the one way to call ioctl.</summary>
public abstract class KernelFd : SafeHandle
{
    private protected KernelFd(int descriptor)
        : base(-1, ownsHandle: true)
    {
        SetHandle(descriptor);
        NativeResources.DescriptorOpened();
    }

    /// <inheritdoc/>
    public override bool IsInvalid => handle == -1;

    internal int Number => (int)handle;

    /// <inheritdoc/>
    protected override bool ReleaseHandle()
    {
        NativeResources.DescriptorClosed();
        return Libc.close(Number) == 0;
    }

    /// <summary>
    /// Calls an ioctl with a number as its argument and returns its result, or throws with the ioctl's name. A signal on the calling thread,
    /// such as the runtime's own for garbage collection, can interrupt some of them (<c>KVM_CREATE_VM</c>) before they have begun: once more, then.
    /// </summary>
    private protected int Ioctl(uint request, nint argument = 0)
    {
        bool held = false;
        try
        {
            DangerousAddRef(ref held);
            int result;
            do result = Libc.ioctl(Number, request, argument);
            while (result == -1 && Marshal.GetLastPInvokeError() == Errno.EINTR);
            if (result == -1) Throw(request);
            return result;
        }
        finally
        {
            if (held) DangerousRelease();
        }
    }

    /// <summary>Calls an ioctl with a structure that the kernel reads, writes, or both.</summary>
    private protected unsafe int Ioctl<T>(uint request, ref T argument) where T : unmanaged
    {
        // SAFETY: the structure is pinned for the call, and its size is the one encoded in the request number (proven by the ABI test).
        fixed (T* pointer = &argument) return Ioctl(request, (nint)pointer);
    }

    private static void Throw(uint request) => throw new KvmException(IoctlName.Of(request), Marshal.GetLastPInvokeError());
}
