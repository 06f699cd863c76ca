using KvmPS.Native.Interop;
using static KvmPS.Native.Interop.KvmConstants;

namespace KvmPS.Native;

/// <summary>Writes of the guest that KVM turns into a signal, without an exit.</summary>
public sealed partial class VmFd
{
    /// <summary>
    /// Signals a file when the guest writes somewhere, instead of leaving the guest [kvm-api 4.59]. The value is lost. Reads, and writes that do
    /// not match, exit as before, so the address still belongs on a bus. KVM keeps the counter until the event is removed, even when the file is closed.
    /// </summary>
    /// <exception cref="KvmException">EEXIST: another file has the same event; EINVAL: a width or a value that KVM cannot match; ENOSPC: KVM has no room for more.</exception>
    /// <exception cref="ObjectDisposedException">The file, or the machine, was closed.</exception>
    public void AddIoEvent(IoEvent where, EventFd file) => ChangeIoEvent(where, file, 0);

    /// <summary>Takes the event back. When it returns, no vCPU signals the file any more: such writes exit.</summary>
    /// <exception cref="KvmException">ENOENT: the file has no such event.</exception>
    /// <exception cref="ObjectDisposedException">The file, or the machine, was closed.</exception>
    public void RemoveIoEvent(IoEvent where, EventFd file) => ChangeIoEvent(where, file, KVM_IOEVENTFD_FLAG_DEASSIGN);

    private void ChangeIoEvent(IoEvent where, EventFd file, uint flags)
    {
        using FileNumber number = new(file);
        var change = new kvm_ioeventfd
        {
            addr = where.Address,
            len = (uint)where.Width,
            datamatch = where.Match ?? 0,
            fd = number.Value,
            flags = flags | (where.IsPort ? KVM_IOEVENTFD_FLAG_PIO : 0) | (where.Match is null ? 0 : KVM_IOEVENTFD_FLAG_DATAMATCH),
        };
        Ioctl(KVM_IOEVENTFD, ref change);
    }
}
