using System.Runtime.InteropServices;
using KvmPS.Native.Interop;

namespace KvmPS.Native;

/// <summary>A host memory mapping that is unmapped when the last user lets go of it.</summary>
internal sealed unsafe class MappedMemory : SafeHandle
{
    private readonly nuint _reserved; // from the handle on: what was mapped, and is unmapped
    private readonly nuint _skipped; // from the handle on: what was only mapped to move the rest to its place
    private readonly MappedMemory? _owner; // who unmaps it, in whose place nobody does before this lets go

    private MappedMemory(nint address, nuint reserved, nuint skipped, nuint length)
        : base(-1, ownsHandle: true)
    {
        _reserved = reserved;
        _skipped = skipped;
        Length = length;
        SetHandle(address);
        NativeResources.MappingOpened();
    }

    /// <summary>The same memory with a count of users of its own: one user to the owner, whoever holds this.</summary>
    /// <exception cref="ObjectDisposedException">The owner is disposed.</exception>
    public MappedMemory(MappedMemory owner)
        : base(-1, ownsHandle: true)
    {
        bool held = false;
        owner.DangerousAddRef(ref held);
        (_owner, _reserved, _skipped, Length) = (owner, owner._reserved, owner._skipped, owner.Length);
        SetHandle(owner.handle);
    }

    public override bool IsInvalid => handle == -1;

    public nuint Length { get; }

    /// <summary>The first byte. Callers hold a reference (<see cref="SafeHandle.DangerousAddRef"/>) while they use it.</summary>
    // SAFETY: with that reference the mapping is there for all of its length.
    public byte* Pointer => (byte*)handle + _skipped;

    /// <summary>The address of the first byte, for the kernel.</summary>
    public ulong Address => (ulong)Pointer;

    /// <summary>Anonymous private memory, zeroed, committed page by page as it is touched.</summary>
    /// <exception cref="KvmException">The host has not that much address space (<c>mmap</c>, ENOMEM).</exception>
    public static MappedMemory Anonymous(ulong length)
    {
        nuint bytes = checked((nuint)length);
        return new MappedMemory(MapAnonymous(bytes), bytes, 0, bytes);
    }

    /// <summary>
    /// The same, at an address that leaves a given remainder. The kernel is asked for one alignment more, of which the rest is never touched and costs nothing.
    /// </summary>
    /// <param name="length">Bytes, whole pages.</param>
    /// <param name="alignment">A power of two above the page size.</param>
    /// <param name="remainder">What the address leaves when it is divided by <paramref name="alignment"/>; whole pages.</param>
    /// <exception cref="KvmException">The host has not that much address space (<c>mmap</c>, ENOMEM).</exception>
    public static MappedMemory Anonymous(ulong length, ulong alignment, ulong remainder)
    {
        nuint reserved = checked((nuint)(length + alignment));
        nint address = MapAnonymous(reserved);
        nuint skipped = (nuint)(unchecked(remainder - (ulong)address) & (alignment - 1));
        return new MappedMemory(address, reserved, skipped, (nuint)length);
    }

    /// <summary>A shared mapping of a file descriptor, such as a vCPU's <c>kvm_run</c> page.</summary>
    public static MappedMemory OfFile(SafeHandle file, nuint length)
    {
        // SAFETY: a fresh mapping at an address of the kernel's choice aliases nothing; the descriptor is held by its SafeHandle for the call.
        nint address = (nint)Libc.mmap(null, length, Libc.PROT_READ | Libc.PROT_WRITE, Libc.MAP_SHARED, (int)file.DangerousGetHandle(), 0);
        KvmException.ThrowIfFailed(address, "mmap");
        return new MappedMemory(address, length, 0, length);
    }

    /// <summary>Asks for huge pages; nothing happens where the kernel has none (EINVAL).</summary>
    public void AdviseHugePages()
    {
        // SAFETY: advice about the whole of this mapping, which the caller holds; its contents stay.
        if (Libc.madvise(Pointer, Length, Libc.MADV_HUGEPAGE) == -1 && Marshal.GetLastPInvokeError() != Errno.EINVAL)
            throw new KvmException("madvise(MADV_HUGEPAGE)", Marshal.GetLastPInvokeError());
    }

    /// <summary>Takes all pages of fresh memory from the host.</summary>
    /// <exception cref="KvmException">ENOMEM: the host has not as many.</exception>
    public void Populate()
    {
        int result;
        // SAFETY: the whole of this mapping, which the caller holds; its contents stay.
        do result = Libc.madvise(Pointer, Length, Libc.MADV_POPULATE_WRITE);
        while (result == -1 && Marshal.GetLastPInvokeError() == Errno.EINTR);
        if (result == 0) return;
        if (Marshal.GetLastPInvokeError() != Errno.EINVAL) throw new KvmException("madvise(MADV_POPULATE_WRITE)", Marshal.GetLastPInvokeError());
        Touch(); // a kernel before 5.14
    }

    /// <summary>Writes to each page what it holds: zero, since nobody else has the memory yet.</summary>
    internal void Touch()
    {
        // SAFETY: the steps end before the mapping does, and the caller holds it.
        for (nuint offset = 0; offset < Length; offset += GuestMemory.PageSize) Volatile.Write(ref Pointer[offset], 0);
    }

    private static nint MapAnonymous(nuint length)
    {
        const int flags = Libc.MAP_PRIVATE | Libc.MAP_ANONYMOUS | Libc.MAP_NORESERVE;
        // SAFETY: a fresh mapping at an address of the kernel's choice aliases nothing.
        nint address = (nint)Libc.mmap(null, length, Libc.PROT_READ | Libc.PROT_WRITE, flags, -1, 0);
        return KvmException.ThrowIfFailed(address, "mmap");
    }

    protected override bool ReleaseHandle()
    {
        if (_owner is not null)
        {
            _owner.DangerousRelease();
            return true;
        }

        NativeResources.MappingClosed();
        // SAFETY: SafeHandle calls this once, when no reference is left; nothing points into the mapping any more.
        return Libc.munmap((void*)handle, _reserved) == 0;
    }
}
