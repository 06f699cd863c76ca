using FsCheck.Fluent;
using KvmPS.Core.Boot;
using KvmPS.Native;

namespace KvmPS.Stress.Fuzz;

/// <summary>Fuzzes every loader: whatever the image, it is placed in the guest's memory, or refused by <see cref="ImageNotBootableException"/>.</summary>
internal sealed class LoaderFuzz : IDisposable
{
    private const ulong MiB = 1 << 20;

    private readonly IReadOnlyList<ImageSeed> _seeds;
    private readonly GuestMemory _memory;

    /// <summary>A fuzz that begins with some images.</summary>
    /// <param name="seeds">The sound images.</param>
    /// <param name="mebibytes">RAM, a part of it above 4 GiB, where fields of 32 bits overflow.</param>
    public LoaderFuzz(IReadOnlyList<ImageSeed> seeds, int mebibytes = 48)
    {
        _seeds = seeds;
        ulong size = (ulong)mebibytes * MiB;
        _memory = GuestMemory.Allocate(size, new GuestAddress(size / 4 * 3), new GuestAddress(MemoryLayout.MmioHoleEnd));
        Run = new FuzzRun<LoaderCase>("loaders", Arb.From(Gen.Choose(0, int.MaxValue).Select(seed => LoaderCase.Any(_seeds, new Random(seed))), Shorter), RunCase);
    }

    /// <summary>The fuzz.</summary>
    public FuzzRun<LoaderCase> Run { get; }

    /// <summary>How many cases ended with an image in memory: the others were refused.</summary>
    public long Placed { get; private set; }

    /// <inheritdoc/>
    public void Dispose() => _memory.Dispose();

    private void RunCase(LoaderCase next)
    {
        try
        {
            next.Load(_memory);
            Placed++;
        }
        catch (ImageNotBootableException)
        {
            // That is the answer.
        }
    }

    private static IEnumerable<LoaderCase> Shorter(LoaderCase failed)
    {
        if (failed.CommandLine.Length > 0) yield return failed with { CommandLine = "" };
        if (failed.Initrds.Count > 0) yield return failed with { Initrds = [] };
        if (failed.Processors is not null) yield return failed with { Processors = null };
        foreach (IReadOnlyList<ImageEdit> part in Shrinking.Parts(failed.Edits)) yield return failed with { Edits = part };
    }
}
