using System.Management.Automation;
using KvmPS.Core.Block;
using KvmPS.Core.Block.Files;
using KvmPS.Native;
using KvmPS.Native.Interop;

namespace KvmPS;

/// <summary>The errors of disk images and of the host's files behind them.</summary>
internal static class StorageErrors
{
    /// <summary>The error for a failure of the layers below; null when it is none of theirs.</summary>
    public static KvmErrorException? Of(Exception exception) => exception switch
    {
        ImageLockedException locked => new(KvmErrorId.ImageLocked, ErrorCategory.ResourceBusy, locked.Message, Remedy(locked), locked),
        ImageCorruptException corrupt => new(
            KvmErrorId.ImageCorrupt, ErrorCategory.InvalidData, corrupt.Message, $"Look at all of it: Test-KvmDiskImage '{corrupt.Image}'. Repair-KvmDiskImage mends what can be mended; make a copy before.", corrupt),
        ImageNotSupportedException unknown => new(
            KvmErrorId.ImageNotSupported, ErrorCategory.NotImplemented, unknown.Message, "Convert it with a program that knows the feature, such as: qemu-img convert -O qcow2 <image> <new image>", unknown),
        MergeRefusedException { HasSnapshots: true } refused => new(
            KvmErrorId.ImageNotSupported, ErrorCategory.NotImplemented, refused.Message, $"Delete those that are no longer needed, then merge: qemu-img snapshot -d <name> '{refused.Image}'", refused),
        MergeRefusedException refused => new(
            KvmErrorId.ImageNotSupported, ErrorCategory.NotImplemented, refused.Message, "Give an overlay; (Get-KvmDiskImage <image>).BackingPath tells what it rests on.", refused),
        ImageShrinkException shrink => new(
            KvmErrorId.ImageShrinkNeedsForce, ErrorCategory.InvalidArgument, shrink.Message, "Make the file systems in it smaller first, then give -Force.", shrink),
        FileTakenException taken => Taken(taken.Path, taken.IsFolder, taken),
        HostIOException { IsNoSpace: true } full => new(
            KvmErrorId.NoSpace, ErrorCategory.LimitsExceeded, full.Message, "Make room on the host's disk ('df -h' shows it), or raise the quota or the limit of file sizes ('ulimit -f').", full),
        HostIOException { Errno: Errno.ENOENT } missing => new(KvmErrorId.FileNotFound, ErrorCategory.ObjectNotFound, missing.Message, "Check the path. If a disk image rests on it, Get-KvmDiskImage shows the Chain.", missing),
        HostIOException { Errno: Errno.EISDIR } folder => IsFolder(folder.Path, folder),
        HostIOException { Errno: Errno.EACCES or Errno.EPERM or Errno.EROFS } denied => new(
            KvmErrorId.FileAccessDenied, ErrorCategory.PermissionDenied, denied.Message, "Check the permissions of the file and its folders.", denied),
        FileSystemException failed => new(
            KvmErrorId.FileSystemFailed, ErrorCategory.InvalidResult, failed.Message, $"Most often the image is too small for the file system, or too large: give another -SizeBytes. 'man {failed.Program}' tells the limits.", failed),
        _ => null,
    };

    /// <summary>An image, or a file, that came from another computer: its path says nothing here.</summary>
    public static KvmErrorException Elsewhere(string path, string computer) => new(
        KvmErrorId.FileNotFound,
        ErrorCategory.ObjectNotFound,
        $"'{path}' is a file of another computer, '{computer}'. What came from there is a copy of what it was.",
        "Work with it where it lies, through the same session: Invoke-Command -Session $session { … }. If a file of that path is meant here, give the path itself.");

    /// <summary>A folder where a kernel, an initial RAM disk, a disk image or another file is wanted.</summary>
    public static KvmErrorException IsFolder(string path, Exception? inner = null) => new(
        KvmErrorId.InvalidPath, ErrorCategory.InvalidArgument, $"'{path}' is a folder.", "Give the path of a file.", inner);

    /// <summary>There is a file already.</summary>
    public static KvmErrorException Taken(string path, bool isFolder, Exception? inner = null) => new(
        KvmErrorId.FileExists,
        ErrorCategory.ResourceExists,
        $"There is a {(isFolder ? "folder" : "file")} '{path}' already.",
        isFolder ? "Give the path of a file." : "Choose another path, or replace it with -Force.",
        inner);

    /// <summary>Another image of the same call goes into a file already, and would be lost.</summary>
    public static KvmErrorException TakenBySource(string path, string source, bool isInFolder) => new(
        KvmErrorId.FileExists,
        ErrorCategory.ResourceExists,
        $"'{source}' goes into the file '{path}' already.",
        isInFolder ? "Convert this image by itself, and give the path of a file as -DestinationPath." : "Give a folder as -DestinationPath: each image gets a file of its own there, named after it.");

    /// <summary>The new image would replace what it is made of.</summary>
    public static KvmErrorException CopyOverSource(string path, Exception inner) => new(
        KvmErrorId.ImageLocked,
        ErrorCategory.ResourceBusy,
        $"The new image cannot replace '{path}', which it is made of.",
        "Give another -DestinationPath; when it is done, the old image can be removed.",
        inner);

    /// <summary>The host has no program that makes the file system.</summary>
    public static KvmErrorException ToolMissing(FileSystemTool tool) => new(
        KvmErrorId.FileSystemToolMissing,
        ErrorCategory.NotInstalled,
        $"There is no {tool.Program} on this host.",
        $"Install the package {tool.Package} (on Debian: sudo apt install {tool.Package}), or leave -FileSystem out and let the guest make it.");

    /// <summary>Parameters that make no image.</summary>
    public static KvmErrorException Invalid(string problem, string remedy) => new(
        KvmErrorId.InvalidConfiguration, ErrorCategory.InvalidArgument, $"{char.ToUpperInvariant(problem[0])}{problem[1..]}.", remedy);

    private static string Remedy(ImageLockedException locked) => locked.Holder == "this process"
        ? "A machine of this session has it: stop that with Stop-KvmVM, or wait until a job that uses it has ended (Get-Job). Two disks of one machine can have the same image only if neither writes it: -ReadOnly, -Ephemeral."
        : "End what uses it, and try again. Two may read an image at the same time, but nobody may write it beside them.";
}
