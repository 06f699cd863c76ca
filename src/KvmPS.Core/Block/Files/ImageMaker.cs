using KvmPS.Core.Block.Qcow2;

namespace KvmPS.Core.Block.Files;

/// <summary>Makes new images: empty ones, such with a file system, and copies of others.</summary>
public static class ImageMaker
{
    /// <summary>Makes an empty image.</summary>
    /// <exception cref="IOException">The host refuses.</exception>
    public static void Create(NewFile file, ImagePlan plan)
    {
        using HostImageFile image = file.Open();
        Format(image, plan);
    }

    /// <summary>Makes an image with an empty file system over all of it.</summary>
    /// <param name="file">The file.</param>
    /// <param name="plan">What the image is like. It rests on no other.</param>
    /// <param name="tool">What makes the file system.</param>
    /// <param name="cancellation">Ends the tool, or the copy.</param>
    /// <exception cref="FileNotFoundException">The tool is not on this host.</exception>
    /// <exception cref="FileSystemException">The tool failed.</exception>
    /// <exception cref="IOException">The host refuses.</exception>
    public static void CreateWith(NewFile file, ImagePlan plan, FileSystemTool tool, CancellationToken cancellation)
    {
        ImagePlan raw = plan with { Format = DiskImageFormat.Raw };
        if (plan.Format == DiskImageFormat.Raw)
        {
            Create(file, raw);
            tool.Run(file.PartialPath, cancellation);
            return;
        }

        using var scratch = NewFile.Scratch(file.Path);
        Create(scratch, raw);
        tool.Run(scratch.PartialPath, cancellation);
        using OpenedDisk source = DiskImages.Open(scratch.PartialPath, new DiskOpenOptions { Format = DiskImageFormat.Raw, ReadOnly = true });
        Copy(source.Backend, file, plan, progress: null, cancellation);
    }

    /// <summary>Makes an image with what a disk holds. It is flushed.</summary>
    /// <param name="source">The disk, which nobody writes meanwhile.</param>
    /// <param name="file">The file.</param>
    /// <param name="plan">What the image is like, at least as large as the disk.</param>
    /// <param name="progress">Is told the bytes that are done, and all of them.</param>
    /// <param name="cancellation">Leaves a part of it written.</param>
    /// <exception cref="IOException">One of them failed.</exception>
    public static void Copy(IBlockBackend source, NewFile file, ImagePlan plan, Action<long, long>? progress, CancellationToken cancellation)
    {
        HostImageFile image = file.Open();
        IBlockBackend target;
        try
        {
            Format(image, plan);
            target = plan.Format == DiskImageFormat.Raw ? new RawImage(image, readOnly: false) : Qcow2Image.Open(image, backing: null, readOnly: false);
        }
        catch
        {
            image.Dispose();
            throw;
        }

        using (target) DiskImageCopier.Copy(source, target, targetIsEmpty: true, progress, cancellation);
    }

    private static void Format(HostImageFile image, ImagePlan plan)
    {
        if (plan.Format == DiskImageFormat.Qcow2) Qcow2Image.Create(image, plan.Qcow2);
        else image.SetLength(plan.Size);
    }
}
