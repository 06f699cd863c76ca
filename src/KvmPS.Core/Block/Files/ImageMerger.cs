using KvmPS.Core.Block.Qcow2;
using KvmPS.Native;

namespace KvmPS.Core.Block.Files;

/// <summary>Writes what an overlay holds into the image below it.</summary>
/// <remarks>
/// The order is that of safety: all of the overlay is in the base, and flushed there, before the overlay loses anything. A crash before leaves
/// an overlay that still answers for every byte, so that the merge can be begun anew.
/// </remarks>
public static class ImageMerger
{
    private const int Piece = 1 << 20;

    /// <summary>Merges. Both images are locked meanwhile.</summary>
    /// <param name="path">The overlay: a qcow2 image that rests on another.</param>
    /// <param name="remove">Whether the overlay's file goes; else it stays, empty, and rests on the base as before.</param>
    /// <param name="warn">Is told, before anything changes, what the overlay has beside its disk, and the base beside its own, and will lose: a sentence each. It may throw.</param>
    /// <param name="progress">Is told the bytes that are done, and all of them.</param>
    /// <param name="cancellation">Leaves a base with a part of the overlay, and the overlay whole: seen through it nothing has changed.</param>
    /// <returns>The full path of the base.</returns>
    /// <exception cref="MergeRefusedException">It is no overlay, or has internal snapshots, which would be lost.</exception>
    /// <exception cref="ImageNotSupportedException">One of them is of a kind that KvmPS does not read.</exception>
    /// <exception cref="ImageCorruptException">One of them contradicts itself, or they rest on each other.</exception>
    /// <exception cref="ImageLockedException">Somebody uses one of them.</exception>
    /// <exception cref="IOException">An image or the host refuses.</exception>
    public static string Merge(string path, bool remove, Action<string>? warn, Action<long, long>? progress, CancellationToken cancellation)
    {
        using NewFile next = NewFile.Begin(path, replace: true); // has the lock on the overlay, and is the empty one
        Qcow2Header header = ReadHeader(next.Path);
        string below = BackingName.Resolve(Path.GetFullPath(path), header.BackingPath!); // from the folder of a link, as when the overlay is opened by it
        DiskImageFormat? format = BackingName.FormatOf(next.Path, header.BackingFormat);
        long size = ImagePlan.Rounded(header.VirtualSize);
        using (OpenedDisk target = OpenBase(below, format, next.Path))
        {
            foreach (string loss in MergeLosses.Of(next.Path, header)) warn?.Invoke(loss);
            if (BitmapLosses.Of(target.Chain[0]) is { } lost) warn?.Invoke(lost);
            if (target.Backend.Length < size) ImageSizes.Resize(target, size);
            Copy(next.Path, target.Backend, progress, cancellation);
            target.Backend.Flush();
        }

        if (remove)
        {
            File.Delete(next.Path);
            return below;
        }

        using (HostImageFile file = next.Open()) Qcow2Image.Create(file, Empty(header));
        next.Commit();
        return below;
    }

    /// <summary>FILE-CONTROLLED: an image below may name the overlay, whose lock is ours. Nobody else could have it.</summary>
    private static OpenedDisk OpenBase(string path, DiskImageFormat? format, string overlay)
    {
        try
        {
            return DiskImages.Open(path, new DiskOpenOptions { Format = format });
        }
        catch (ImageLockedException locked) when (locked.Image == overlay)
        {
            throw new ImageCorruptException(overlay, "it rests on itself: its backing chain comes back to it.");
        }
    }

    private static Qcow2Header ReadHeader(string path)
    {
        using var file = new HostImageFile(DiskFile.Open(path, DiskFileModes.None));
        if (ImageProbe.Detect(file) != DiskImageFormat.Qcow2) throw new MergeRefusedException(path, hasSnapshots: false);
        Qcow2Header header = Qcow2Image.ReadHeader(file);
        if (header.UnsupportedFeature is { } feature) throw new ImageNotSupportedException(path, feature);
        if (header.BackingPath is null) throw new MergeRefusedException(path, hasSnapshots: false);
        if (header.SnapshotCount > 0) throw new MergeRefusedException(path, hasSnapshots: true);
        if (header.IsCorrupt) throw new ImageCorruptException(path, "it is marked so.");
        return header;
    }

    /// <summary>Copies what the overlay itself holds. What it does not hold it has from the base, where it is already.</summary>
    private static void Copy(string path, IBlockBackend target, Action<long, long>? progress, CancellationToken cancellation)
    {
        using Qcow2Image overlay = Qcow2Images.OpenAlone(path); // only what it holds itself is read
        using var bounce = new Bounce(Piece);
        for (long done = 0; done < overlay.Length;)
        {
            cancellation.ThrowIfCancellationRequested();
            BlockExtent extent = overlay.Map(done);
            long length = extent.Length;
            if (extent.Kind == BlockExtentKind.Zero)
            {
                target.WriteZeroes(done, length, mayDeallocate: true);
            }
            else if (extent.Kind != BlockExtentKind.Backing)
            {
                length = Math.Min(length, Piece - (done % Piece));
                overlay.Read(done, bounce.Part(0, (int)length));
                target.Write(done, bounce.Part(0, (int)length));
            }

            done += length;
            progress?.Invoke(done, overlay.Length);
        }
    }

    private static Qcow2CreateOptions Empty(Qcow2Header header) => new()
    {
        VirtualSize = header.VirtualSize,
        ClusterSize = header.ClusterSize,
        Version = header.Version,
        BackingPath = header.BackingPath,
        BackingFormat = header.BackingFormat,
        LazyRefcounts = header.HasLazyRefcounts,
        RefcountBits = header.RefcountBits,
        Compression = header.Compression,
    };
}
