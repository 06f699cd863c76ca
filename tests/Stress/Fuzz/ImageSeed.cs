using System.Diagnostics;
using System.IO.Compression;
using KvmPS.Tests.Boot;

namespace KvmPS.Stress.Fuzz;

/// <summary>A sound image to begin with.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Bytes">What is changed.</param>
/// <param name="Wrap">What makes an image of the changed bytes, so that the changes are inside a sound shell; null for the bytes themselves.</param>
internal sealed record ImageSeed(string Name, byte[] Bytes, Func<byte[], byte[]>? Wrap = null)
{
    private const int CodeBytes = 3000;
    private const ulong LowLoad = 0x10_0000;
    private const ulong KernelLoad = 0x100_0000;
    private const uint MultibootMagic = 0x1BAD_B002;

    /// <summary>Linux's own compressors with the flags of its build, where they are installed; gzip and LZ4 need none.</summary>
    private static readonly (string Format, string Tool, string Arguments)[] Tools =
    [
        ("bzip2", "bzip2", "-9"),
        ("lzma", "lzma", "-9"),
        ("xz", "xz", "--check=crc32 --x86 --lzma2=dict=1MiB"),
        ("xz without a check", "xz", "--check=none --x86 --lzma2=preset=0,dict=64KiB"),
        ("zstd", "zstd", "-19"),
    ];

    /// <summary>The image that this seed is without changes, or with them.</summary>
    public byte[] Image(byte[] bytes) => Wrap is null ? bytes : Wrap(bytes);

    /// <summary>One seed for each kind of image and payload.</summary>
    public static IReadOnlyList<ImageSeed> Small()
    {
        byte[] kernel = new ElfBuilder { Entry = KernelLoad }.Load(Code(), KernelLoad, 0x4000).LinuxNote().Build();
        List<ImageSeed> seeds =
        [
            new("ELF64 with PVH", new ElfBuilder().Load(Code(), LowLoad, 0x3000).LinuxNote().PvhNote(0x10_0010).Build()),
            new("ELF32 with PVH", new ElfBuilder { Is64 = false, Machine = 3 }.Load(Code(), LowLoad).PvhNote(0x10_0010).Build()),
            new("ELF64 with multiboot", new ElfBuilder().Load([.. Multiboot(3), .. Code()], LowLoad).Build()),
            new("ELF32 with multiboot", new ElfBuilder { Is64 = false, Machine = 3 }.Load([.. Multiboot(2), .. Code()], LowLoad).Load(Code(), 0x20_0000).Build()),
            new("flat multiboot", [.. Multiboot(0x1_0003, (uint)LowLoad, (uint)LowLoad, 0, 0x10_1000, 0x10_0020), .. Code()]),
            new("bzImage of an unknown payload", BzImageBuilder.Build([0xDE, 0xAD, 0xBE, 0xEF, 1, 2, 3, 4, 5, 6])),
            new("bzImage with LZO", BzImageBuilder.Build([0x89, (byte)'L', (byte)'Z', (byte)'O', 0, 1, 2, 3, 4, 5])),
            new("bzImage with gzip", BzImageBuilder.Build(Gzip(kernel))),
            new("bzImage with LZ4", BzImageBuilder.Build(BzImageBuilder.Lz4(kernel))),
            new("ELF inside gzip", kernel, static elf => BzImageBuilder.Build(Gzip(elf))),
            new("ELF inside LZ4", kernel, static elf => BzImageBuilder.Build(BzImageBuilder.Lz4(elf))),
        ];
        foreach ((string format, string tool, string arguments) in Tools)
        {
            if (Compressed(tool, arguments, kernel) is { } packed)
                seeds.Add(new ImageSeed($"bzImage with {format}", BzImageBuilder.Build(BzImageBuilder.WithTrailer(packed, kernel.Length))));
        }

        return seeds;
    }

    /// <summary>A kernel as a distribution ships it.</summary>
    public static ImageSeed OfFile(string path) => new(Path.GetFileName(path), File.ReadAllBytes(path));

    private static byte[] Code()
    {
        byte[] code = new byte[CodeBytes];
        new Random(1).NextBytes(code);
        for (int at = 0; at + 5 < code.Length; at += 40) code[at] = 0xE8; // calls, for the x86 filter of xz
        return code;
    }

    private static byte[] Multiboot(uint flags, params uint[] addresses)
    {
        uint[] fields = [MultibootMagic, flags, unchecked(0u - MultibootMagic - flags), .. addresses];
        return [.. fields.SelectMany(BitConverter.GetBytes)];
    }

    private static byte[] Gzip(byte[] data)
    {
        var packed = new MemoryStream();
        using (var stream = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true)) stream.Write(data);
        return packed.ToArray();
    }

    /// <summary>What a program makes of the data; null when it is not installed.</summary>
    private static byte[]? Compressed(string tool, string arguments, byte[] data)
    {
        string? path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, tool)).FirstOrDefault(File.Exists);
        if (path is null) return null;

        var start = new ProcessStartInfo(path, arguments + " -c") { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        process.StandardInput.BaseStream.Write(data); // small: it fits into the pipe
        process.StandardInput.Close();
        var output = new MemoryStream();
        process.StandardOutput.BaseStream.CopyTo(output);
        process.WaitForExit();
        return process.ExitCode == 0 ? output.ToArray() : throw new InvalidOperationException($"{tool} {arguments} ended with {process.ExitCode}.");
    }
}
