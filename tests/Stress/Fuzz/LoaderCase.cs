using System.Text;
using KvmPS.Core.Boot;
using KvmPS.Native;

namespace KvmPS.Stress.Fuzz;

/// <summary>An image with changes, and what a user gives it.</summary>
/// <param name="Seed">The sound image.</param>
/// <param name="Edits">The changes, in order.</param>
internal sealed record LoaderCase(ImageSeed Seed, IReadOnlyList<ImageEdit> Edits)
{
    private const int MostInitrds = 3;
    private const int LongestCommandLine = 5000;
    private const int MostProcessors = 70;

    /// <summary>The entry that is asked for.</summary>
    public EntryChoice Entry { get; init; }

    /// <summary>Whether a payload is decompressed here.</summary>
    public bool Extract { get; init; } = true;

    /// <summary>Whether the image is loaded as code without a header, and where.</summary>
    public (CpuMode Mode, ulong Address)? Raw { get; init; }

    /// <summary>The command line.</summary>
    public string CommandLine { get; init; } = "";

    /// <summary>How long the initrds claim to be.</summary>
    public IReadOnlyList<long> Initrds { get; init; } = [];

    /// <summary>How many processors the MP table tells of.</summary>
    public int? Processors { get; init; }

    /// <summary>Some case.</summary>
    public static LoaderCase Any(IReadOnlyList<ImageSeed> seeds, Random random)
    {
        ImageSeed seed = seeds[random.Next(seeds.Count)];
        var edits = new ImageEdit[random.Next(8)];
        for (int i = 0; i < edits.Length; i++) edits[i] = ImageEdit.Any(random, seed.Bytes.Length);
        return new LoaderCase(seed, edits)
        {
            Entry = random.Next(2) == 0 ? EntryChoice.Automatic : (EntryChoice)random.Next(4),
            Extract = random.Next(8) > 0,
            Raw = random.Next(32) == 0 ? ((CpuMode)random.Next(3), (ulong)random.NextInt64() >> random.Next(64)) : null,
            CommandLine = random.Next(4) == 0 ? Noise(random, random.Next(LongestCommandLine)) : "console=ttyS0",
            Initrds = [.. Enumerable.Range(0, random.Next(MostInitrds)).Select(_ => random.Next(4) == 0 ? random.NextInt64() >> random.Next(63) : random.Next(20_000))],
            Processors = random.Next(3) == 0 ? null : random.Next(1, MostProcessors),
        };
    }

    /// <summary>Loads it as a machine does.</summary>
    /// <exception cref="ImageNotBootableException">It is refused, as most are.</exception>
    public void Load(GuestMemory memory)
    {
        byte[] bytes = (byte[])Seed.Bytes.Clone();
        foreach (ImageEdit edit in Edits) bytes = edit.On(bytes);
        var source = new MemoryImageSource(Seed.Name, Seed.Image(bytes));
        BootImage image = Raw is { } raw
            ? RawCode.Open(source, raw.Mode, new GuestAddress(raw.Address))
            : ImageLoader.Open(source, new ImageOptions { Entry = Entry, ExtractPayload = Extract });
        CpuEntry entry = image.Place(memory, new BootParameters
        {
            CommandLine = CommandLine,
            Initrds = [.. Initrds.Select(static length => new BootModule(new ZeroSource(length)))],
            MpProcessors = Processors,
        });
        _ = image.KernelVersion;
        if (!memory.Contains(new GuestAddress(entry.InstructionPointer), 1))
            throw new InvalidOperationException($"The entry 0x{entry.InstructionPointer:x} is no RAM.");
    }

    /// <inheritdoc/>
    public override string ToString() =>
        $"{Seed.Name}, entry {Entry}, extract {Extract}, raw {Raw}, processors {Processors}, initrds [{string.Join(", ", Initrds)}], "
        + $"command line {Convert.ToBase64String(Encoding.Unicode.GetBytes(CommandLine))}\n{string.Join('\n', Edits)}";

    /// <summary>Characters of all sorts, halves of pairs and zeros among them.</summary>
    private static string Noise(Random random, int length) =>
        string.Create(length, random, static (text, random) =>
        {
            foreach (ref char character in text) character = random.Next(8) == 0 ? (char)random.Next(0x1_0000) : (char)random.Next(' ', '~');
        });

    /// <summary>An initrd of zeros, as long as it claims without taking the room.</summary>
    private sealed class ZeroSource(long length) : IImageSource
    {
        public string Name => "zeros";

        public long Length => length;

        public void Read(long offset, Span<byte> destination)
        {
            if ((ulong)offset > (ulong)length || destination.Length > length - offset)
                throw new InvalidOperationException($"{destination.Length} bytes are wanted from {offset} on, of {length}.");
            destination.Clear();
        }

        public void Dispose()
        {
        }
    }
}
