using KvmPS.Core.Block.Qcow2;
using KvmPS.Native;

namespace KvmPS.Core.Block.Files;

/// <summary>Finds what is wrong with images that nobody writes, and mends it.</summary>
public static class ImageDoctor
{
    private const int MostTold = 10;

    /// <summary>Everything that is wrong with an image; nothing when it is in order. The images below are looked for, and not checked.</summary>
    /// <exception cref="ImageLockedException">Somebody writes it.</exception>
    /// <exception cref="ImageNotSupportedException">It is of a kind that KvmPS does not read.</exception>
    /// <exception cref="HostIOException">The host cannot open or read it.</exception>
    public static IReadOnlyList<ImageProblem> Check(string path)
    {
        using var file = new HostImageFile(DiskFile.Open(path, DiskFileModes.None));
        ImageLock.TryTake(file.File, forWriting: false);
        if (ImageProbe.Detect(file) == DiskImageFormat.Raw) return []; // it says nothing of itself that could be wrong
        try
        {
            Qcow2Header header = Qcow2Image.ReadHeader(file);
            return [.. OfMarks(header), .. OfTables(path), .. OfChain(path)];
        }
        catch (ImageCorruptException corrupt)
        {
            return [new ImageProblem(ImageDamage.Corruption, corrupt.Message)];
        }
    }

    /// <summary>Mends what can be mended without guessing about data. Null for a raw image, in which nothing can be wrong.</summary>
    /// <param name="path">The image.</param>
    /// <param name="modes">What to mend.</param>
    /// <returns>What a check found before, and what it finds now.</returns>
    /// <exception cref="ImageLockedException">Somebody uses it.</exception>
    /// <exception cref="ImageCorruptException">It is damaged beyond repair.</exception>
    /// <exception cref="IOException">The image or the host refuses.</exception>
    public static (Qcow2CheckResult Before, Qcow2CheckResult After)? Repair(string path, Qcow2RepairModes modes)
    {
        var file = new HostImageFile(DiskFile.Open(path, DiskFileModes.Write));
        Qcow2Image image;
        try
        {
            ImageLock.TryTake(file.File, forWriting: true);
            if (ImageProbe.Detect(file) == DiskImageFormat.Raw)
            {
                file.Dispose();
                return null;
            }

            image = Qcow2Image.OpenForRepair(file);
        }
        catch
        {
            file.Dispose();
            throw;
        }

        using (image)
        {
            Qcow2CheckResult before = image.Check();
            image.Repair(modes);
            image.Flush();
            return (before, image.Check());
        }
    }

    private static IEnumerable<ImageProblem> OfMarks(Qcow2Header header)
    {
        if (header.IsCorrupt) yield return new ImageProblem(ImageDamage.Corruption, "A program found it damaged, and marked it.");
        if (header.IsDirty) yield return new ImageProblem(ImageDamage.Corruption, "It was not closed, and its refcounts may be wrong.");
    }

    private static IEnumerable<ImageProblem> OfTables(string path)
    {
        using Qcow2Image image = Qcow2Images.OpenAlone(path);
        Qcow2CheckResult result = image.Check();
        if (result.LeakedClusters > 0) yield return new ImageProblem(ImageDamage.Leak, $"Room is lost in clusters that are counted and not used: {result.LeakedClusters}.");
        if (result.Corruptions == 0) yield break;
        foreach (string problem in result.Problems.Take(MostTold)) yield return new ImageProblem(ImageDamage.Corruption, $"{char.ToUpperInvariant(problem[0])}{problem[1..]}");
        if (result.Problems.Count > MostTold) yield return new ImageProblem(ImageDamage.Corruption, $"That is not all: contradictions {result.Corruptions}, clusters that are counted and not used {result.LeakedClusters}.");
    }

    private static IEnumerable<ImageProblem> OfChain(string path) => ImageInspector.Look(path).Chain
        .Where(static link => link.Problem is not null).Select(static link => new ImageProblem(ImageDamage.Chain, $"The image below, '{link.Path}', cannot be read: {link.Problem}"));
}
