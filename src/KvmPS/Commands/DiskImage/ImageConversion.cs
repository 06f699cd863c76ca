using KvmPS.Core.Block;
using KvmPS.Core.Block.Files;
using KvmPS.Jobs;

namespace KvmPS.Commands;

/// <summary>The copying of one image into another format, for the pipeline or a job.</summary>
/// <param name="Source">The full path of the image.</param>
/// <param name="SourceFormat">Its format; null to find it out.</param>
/// <param name="Destination">The full path of the new one.</param>
/// <param name="Format">Its format.</param>
/// <param name="ClusterSize">The unit of allocation of a qcow2 image in bytes.</param>
/// <param name="Replace">Whether a file that is there gives way.</param>
internal sealed record ImageConversion(string Source, DiskImageFormat? SourceFormat, string Destination, DiskImageFormat Format, long ClusterSize, bool Replace)
{
    /// <summary>Copies, and writes the new image. Nothing is left of one that did not become whole.</summary>
    public void Run(ICmdletOutput output, FileSubject subject, CancellationToken cancellation)
    {
        cancellation.ThrowIfCancellationRequested(); // a job may be stopped before it has begun
        using (OpenedDisk source = DiskImages.Open(Source, new DiskOpenOptions { Format = SourceFormat, ReadOnly = true }))
        {
            var plan = new ImagePlan { Format = Format, Size = source.Backend.Length, ClusterSize = ClusterSize };
            if (plan.Problem() is { } problem) throw StorageErrors.Invalid(problem, "Give another -ClusterSizeBytes.");
            using NewFile file = Begin(source);
            using (var progress = new CopyProgress(output, $"Converting '{Source}'", status => subject.Status = status))
                ImageMaker.Copy(source.Backend, file, plan, progress.Report, cancellation);
            file.Commit();
        }

        output.WriteVerbose($"Converted '{Source}' to '{Destination}'.");
        output.WriteObject(KvmDiskImage.At(Destination));
    }

    private NewFile Begin(OpenedDisk source)
    {
        try
        {
            return NewFile.Begin(Destination, Replace);
        }
        catch (ImageLockedException own) when (ImageInspector.IsPartOf(Destination, source.Chain))
        {
            throw StorageErrors.CopyOverSource(Destination, own); // the lock is that of this copy
        }
    }
}
