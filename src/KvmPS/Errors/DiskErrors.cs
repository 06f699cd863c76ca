using System.Management.Automation;
using KvmPS.Core.Machine;

namespace KvmPS;

/// <summary>The errors about disks of machines that more than one cmdlet reports.</summary>
internal static class DiskErrors
{
    public static KvmErrorException NotFound(KvmVM vm, string name) => new(
        KvmErrorId.DiskNotFound, ErrorCategory.ObjectNotFound, $"Machine '{vm.Name}' has no disk named '{name}'.", $"List its disks: Get-KvmDisk '{vm.Name}'");

    public static KvmErrorException AlreadyExists(string vmName, string name) => new(
        KvmErrorId.DiskAlreadyExists, ErrorCategory.ResourceExists, $"Machine '{vmName}' has a disk named '{name}' already.", $"Choose another -Name, or remove it: Remove-KvmDisk '{vmName}' '{name}'");

    /// <summary>There is no layer in memory that could be merged.</summary>
    public static KvmErrorException NotEphemeral(KvmDisk disk) => new(
        KvmErrorId.DiskNotEphemeral,
        ErrorCategory.InvalidOperation,
        $"Disk '{disk.Name}' of machine '{disk.VMName}' keeps nothing in memory that could be merged into its image.",
        "Only a disk that was added with -Ephemeral, with an image and without -ReadOnly, does; others write to their images at once. For an overlay in a file there is Merge-KvmDiskImage.");

    public static KvmErrorException Invalid(string problem, string remedy) => new(
        KvmErrorId.InvalidConfiguration, ErrorCategory.InvalidArgument, $"{char.ToUpperInvariant(problem[0])}{problem[1..]}.", remedy);

    /// <summary>Virtio over MMIO has no way to tell a guest of a device that comes or goes.</summary>
    /// <exception cref="KvmErrorException">The machine is on.</exception>
    public static void RequireOff(KvmVM vm, string what)
    {
        if (vm.State is MachineState.Off or MachineState.Failed) return;
        throw new KvmErrorException(
            KvmErrorId.HotPlugNotSupported,
            ErrorCategory.NotImplemented,
            $"Machine '{vm.Name}' is {vm.State}, and cannot {what}: its devices are on virtio-mmio, which knows no hot plug.",
            $"Stop it first: Stop-KvmVM '{vm.Name}'; the change counts from the next start on.");
    }

    /// <summary>A wrong path is said when the disk is added, and not when the machine starts.</summary>
    /// <exception cref="KvmErrorException">There is no such file, or it is a folder.</exception>
    public static void RequireFile(string path)
    {
        if (File.Exists(path)) return;
        if (Directory.Exists(path)) throw StorageErrors.IsFolder(path);
        throw new KvmErrorException(
            KvmErrorId.FileNotFound, ErrorCategory.ObjectNotFound, $"There is no disk image '{path}'.", $"Check the path, or make one: New-KvmDiskImage '{path}' -SizeBytes 10GB");
    }
}
