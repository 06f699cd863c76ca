using System.Runtime.InteropServices;
using KvmPS.Native.Interop;

namespace KvmPS.Native;

/// <summary>A host memory mapping that is unmapped when the last user lets go of it.</summary>
internal sealed unsafe class MappedMemory : SafeHandle
{
    private readonly nuint _length;

    private MappedMemory(nint address, nuint length)
        : base(-1, ownsHandle: true)
    {
        _length = length;
        SetHandle(address);
        NativeResources.MappingOpened();
    }

    public override bool IsInvalid => handle == -1;

    public nuint Length => _length;

    /// <summary>The first byte. Callers hold a reference (<see cref="SafeHandle.DangerousAddRef"/>) while they use it.</summary>
    // SAFETY: with that reference the mapping is there for all of its length.
    public byte* Pointer => (byte*)handle;

    /// <summary>Anonymous private memory, zeroed, committed page by page as it is touched.</summary>
    /// <exception cref="KvmException">The host has not that much address space (<c>mmap</c>, ENOMEM).</exception>
    public static MappedMemory Anonymous(ulong length)
    {
        const int flags = Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_NORESERVE;
        // SAFETY: a fresh mapping at an address of the kernel's choice aliases nothing.
        nint address = (nint)Libc.mmap(null, checked((nuint)length), Libc.PROT_READ | Libc.PROT_WRITE, flags, -1, 0);
        KvmException.ThrowIfFailed(address, "mmap");
        return new MappedMemory(address, (nuint)length);
    }

    /// <summary>A shared mapping of a file descriptor, such as a vCPU's <c>kvm_run</c> page.</summary>
    public static MappedMemory OfFile(SafeHandle file, nuint length)
    {
        // SAFETY: a fresh mapping at an address of the kernel's choice aliases nothing; the descriptor is held by its SafeHandle for the call.
        nint address = (nint)Libc.mmap(null, length, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, (int)file.DangerousGetHandle(), 0);
        KvmException.ThrowIfFailed(address, "mmap");
        return new MappedMemory(address, length);
    }

    protected override bool ReleaseHandle()
    {
        NativeResources.MappingClosed();
        // SAFETY: SafeHandle calls this once, when no reference is left; nothing points into the mapping any more.
        return Libc.munmap((void*)handle, _length) == 0;
    }
}
