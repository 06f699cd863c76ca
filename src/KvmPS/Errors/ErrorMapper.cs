using System.Management.Automation;
using KvmPS.Core.Boot;
using KvmPS.Core.Cpu;
using KvmPS.Core.Debug;
using KvmPS.Core.Host;
using KvmPS.Core.Machine;
using KvmPS.Native;
using KvmPS.Native.Interop;

namespace KvmPS;

/// <summary>The one place where expected exceptions of the layers below become errors with an id and a remedy. Anything it does not know is a bug and stays what it is.</summary>
internal static class ErrorMapper
{
    private static string AccessRemedy =>
        $"Join the group that owns the device: sudo usermod -aG kvm $USER, then sign in again. At once, for this boot: sudo setfacl -m u:$USER:rw {KvmDevice.Path}";

    /// <summary>The error for an exception, or null when it is not an expected one.</summary>
    public static KvmErrorException? Map(Exception exception) => exception switch
    {
        KvmErrorException known => known,
        KvmException failed when IsAboutDevice(failed) => Device(failed),
        KvmException { Errno: Errno.ENOMEM } failed => new(
            KvmErrorId.OutOfMemory, ErrorCategory.ResourceUnavailable, failed.Message, "Give the machine less memory with -MemoryBytes, or remove machines that are no longer needed.", failed),
        KvmException failed => new(
            KvmErrorId.CallFailed, ErrorCategory.InvalidOperation, failed.Message, "Run Test-KvmHost: it names what this host's KVM lacks.", failed),
        ImageNotBootableException image => new(KvmErrorId.ImageNotBootable, ErrorCategory.InvalidData, image.Message, Remedy(image), image),
        NoTerminalException terminal => MachineErrors.NoTerminal(terminal.Message, terminal),
        CpuFeatureException feature => CpuFeature(feature),
        HostLimitException limit => new(
            KvmErrorId.InvalidConfiguration, ErrorCategory.InvalidArgument, limit.Message, "Ask for what this host has: Get-KvmHost shows it, and 'taskset -cp $PID' the CPUs of this process.", limit),
        MachineStateException state => new(
            KvmErrorId.VMInvalidState, ErrorCategory.InvalidOperation, state.Message, Remedy(state), state),
        NoPowerButtonException deaf => new(
            KvmErrorId.NoPowerButton, ErrorCategory.NotImplemented, deaf.Message, $"Shut down from inside the guest, or pull the plug: Stop-KvmVM '{deaf.Name}' -TurnOff", deaf),
        MachineRemovedException removed => new(
            KvmErrorId.VMRemoved, ErrorCategory.ObjectNotFound, removed.Message, "Make it anew with New-KvmVM; what its console kept can still be read: Read-KvmSerial -VM $vm", removed),
        InspectionException inspection => InspectionErrors.Of(inspection),
        _ when StorageErrors.Of(exception) is { } storage => storage,
        FileNotFoundException or DirectoryNotFoundException => new(
            KvmErrorId.FileNotFound, ErrorCategory.ObjectNotFound, exception.Message, "Check the path.", exception),
        ItemNotFoundException => new(KvmErrorId.FileNotFound, ErrorCategory.ObjectNotFound, exception.Message, "Check the path.", exception),
        System.Management.Automation.DriveNotFoundException or ProviderNotFoundException => new(
            KvmErrorId.InvalidPath, ErrorCategory.ObjectNotFound, exception.Message, "Give a path of the file system; Get-PSDrive lists the drives that there are.", exception),
        UnauthorizedAccessException => new(
            KvmErrorId.FileAccessDenied, ErrorCategory.PermissionDenied, exception.Message, "Check the permissions of the file and its folders.", exception),
        IOException => new(
            KvmErrorId.FileError, ErrorCategory.ReadError, exception.Message, "Check that the file is a regular file on a working disk.", exception),
        _ => null,
    };

    private static string Remedy(ImageNotBootableException image) => image.IsFirmware
        ? "Give the image of a BIOS, such as Debian's /usr/share/seabios/bios-256k.bin, and a MiB of RAM at least. UEFI firmware is larger, and needs devices that are not here."
        : "Give a bzImage, an ELF vmlinux or a multiboot image for x86; run raw machine code with -Code, and a BIOS with -Firmware.";

    private static string Remedy(MachineStateException state) => (state.State, state.Action) switch
    {
        (MachineState.Paused, MachineAction.PressPowerButton) => $"Resume it first: Resume-KvmVM '{state.Name}', or pull the plug: Stop-KvmVM '{state.Name}' -TurnOff",
        (MachineState.Paused, MachineAction.Start) => $"Let it go on: Resume-KvmVM '{state.Name}'",
        (MachineState.Running or MachineState.Paused, MachineAction.Reconfigure) => $"Stop it first: Stop-KvmVM '{state.Name}'; the change counts from the next start on.",
        (MachineState.Running, MachineAction.MergeDisk) => $"Pause it first: Suspend-KvmVM '{state.Name}'",
        (MachineState.Off or MachineState.Failed, MachineAction.MergeDisk) => "What an ephemeral disk held is gone with the power: merge it while the machine is paused, before it is turned off.",
        (MachineState.Off or MachineState.Failed, _) => $"Start it: Start-KvmVM '{state.Name}'",
        _ => "See the machine's state with Get-KvmVM.",
    };

    /// <summary>The kernel tells of another hypervisor only when the first machine is made: until then it leaves the CPU's extensions alone.</summary>
    private static bool IsAboutDevice(KvmException failed) =>
        failed.Call.StartsWith("open(", StringComparison.Ordinal) || (failed.Call == "KVM_CREATE_VM" && failed.Errno is Errno.EBUSY or Errno.ENODEV);

    private static KvmErrorException CpuFeature(CpuFeatureException failed)
    {
        string near = failed.NearNames.Count == 0 ? "" : $"Near names: {string.Join(", ", failed.NearNames)}. ";
        return failed.Problem switch
        {
            CpuFeatureProblem.NotOffered => new(
                KvmErrorId.CpuFeatureNotSupported, ErrorCategory.NotImplemented, failed.Message, $"{near}List what this host offers: (Get-KvmHost).CpuFeatures", failed),
            CpuFeatureProblem.Unknown => new(
                KvmErrorId.CpuFeatureUnknown, ErrorCategory.InvalidArgument, failed.Message, $"{near}Names are those of /proc/cpuinfo: (Get-KvmHost).CpuFeatures", failed),
            _ => new(KvmErrorId.InvalidConfiguration, ErrorCategory.InvalidArgument, failed.Message, "Leave one of the two out.", failed),
        };
    }

    private static KvmErrorException Device(KvmException failed) => failed.Errno switch
    {
        Errno.ENOENT or Errno.ENXIO or Errno.ENODEV => new(
            KvmErrorId.DeviceMissing,
            ErrorCategory.ResourceUnavailable,
            $"This host has no working {KvmDevice.Path}: {failed.Message}",
            "Load the module: sudo modprobe kvm_intel (or kvm_amd). Inside a virtual machine, switch nested virtualization on; in a container, pass --device /dev/kvm.",
            failed),
        Errno.EACCES or Errno.EPERM => new(
            KvmErrorId.DeviceAccessDenied, ErrorCategory.PermissionDenied, $"{KvmDevice.Path} is there, but this user may not open it: {failed.Message}", AccessRemedy, failed),
        Errno.EBUSY => new(
            KvmErrorId.DeviceBusy, ErrorCategory.ResourceBusy, $"{KvmDevice.Path} is in use by another hypervisor: {failed.Message}", "Stop the other hypervisor (VirtualBox, VMware), then try again.", failed),
        _ => new(KvmErrorId.CallFailed, ErrorCategory.OpenError, failed.Message, "Run Test-KvmHost: it names what is wrong with this host.", failed),
    };
}
