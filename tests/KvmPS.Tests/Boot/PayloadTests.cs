using System.Diagnostics;
using KvmPS.Core.Boot;
using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Boot;

/// <summary>Kernels compressed by the tools and flags of Linux's own build (<c>scripts/Makefile.lib</c>, <c>scripts/xz_wrap.sh</c>).</summary>
public sealed class PayloadTests
{
    public static TheoryData<string, string, string> Compressors => new()
    {
        { "gzip", "gzip", "-n -9" },
        { "bzip2", "bzip2", "-9" },
        { "lzma", "lzma", "-9" },
        { "xz", "xz", "--check=crc32 --x86 --lzma2=,dict=32MiB" },
        { "xz", "xz", "--check=crc32 --x86 --lzma2=,dict=128MiB" },
        { "xz", "xz", "--check=crc32 --lzma2=dict=1MiB" },
        { "xz", "xz", "--check=none --x86 --lzma2=preset=0,dict=64KiB" },
        { "xz", "xz", "--check=crc32 --block-size=300000 --x86 --lzma2=" },
        { "lz4", "lz4", "-l -9" },
        { "lz4", "lz4", "-l -1" },
        { "zstd", "zstd", "-22 --ultra" },
        { "zstd", "zstd", "-19" },
    };

    [Theory]
    [MemberData(nameof(Compressors))]
    public void A_kernel_comes_out_as_it_went_in(string format, string tool, string flags)
    {
        // Legacy LZ4 has blocks of 8 MiB: its kernel has to have two.
        byte[] code = MachineCode(format == "lz4" ? 9 << 20 : 400_000);
        byte[] kernel = new ElfBuilder { Entry = 0x100_0040 }.Load(code, 0x100_0000, (ulong)code.Length + 0x1000).Build();
        byte[] packed = Compress(tool, flags, kernel);
        byte[] payload = format == "gzip" ? packed : BzImageBuilder.WithTrailer(packed, kernel.Length);

        BootImage image = ImageLoader.Open(BootTest.Source(BzImageBuilder.Build(payload)));

        Assert.Empty(image.Notes);
        Assert.Equal((format, true, "6.12.1-test"), (image.Compression, image.IsExtracted, image.KernelVersion));
        Assert.Equal(new GuestAddress(0x100_0040), image.Entry);
        using GuestMemory memory = BootTest.Memory();
        image.Place(memory, new BootParameters());
        Assert.True(code.AsSpan().SequenceEqual(memory.Bytes(0x100_0000, code.Length)));
    }

    [Fact]
    public void The_x86_filter_makes_a_difference_on_these_bytes()
    {
        byte[] code = MachineCode(1 << 20);
        byte[] filtered = (byte[])code.Clone();
        X86BranchFilter.Decode(filtered);
        Assert.True(filtered.Zip(code).Count(pair => pair.First != pair.Second) > code.Length / 100);
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    public void The_x86_filter_agrees_with_xz_on_crowded_opcodes(int seed)
    {
        // Nothing but opcodes and bytes that look like the top of a target: every path of the filter, several times a hundred bytes.
        var random = new Random(seed);
        byte[] alphabet = [0xE8, 0xE9, 0x00, 0xFF, 0x00, 0xFF, 0x01, 0x80];
        byte[] code = new byte[100_000 + seed];
        for (int i = 0; i < code.Length; i++) code[i] = random.Next(5) == 0 ? (byte)random.Next(256) : alphabet[random.Next(alphabet.Length)];
        byte[] kernel = new ElfBuilder { Entry = 0x100_0000 }.Load(code, 0x100_0000).Build();
        byte[] payload = BzImageBuilder.WithTrailer(Compress("xz", "--check=none --x86 --lzma2=preset=1", kernel), kernel.Length);

        using GuestMemory memory = BootTest.Memory();
        ImageLoader.Open(BootTest.Source(BzImageBuilder.Build(payload))).Place(memory, new BootParameters());
        Assert.Equal(code, memory.Bytes(0x100_0000, code.Length));
    }

    [Theory]
    [InlineData("gzip", "gzip", "-n -9")]
    [InlineData("bzip2", "bzip2", "-9")]
    [InlineData("lzma", "lzma", "-9")]
    [InlineData("xz", "xz", "--check=crc32 --x86 --lzma2=,dict=32MiB")]
    [InlineData("lz4", "lz4", "-l -9")]
    [InlineData("zstd", "zstd", "-22 --ultra")]
    public void Corrupt_data_are_refused_and_never_crash(string format, string tool, string flags)
    {
        byte[] kernel = new ElfBuilder { Entry = 0x100_0000 }.Load(MachineCode(40_000), 0x100_0000).Build();
        byte[] packed = Compress(tool, flags, kernel);
        byte[] payload = format == "gzip" ? packed : BzImageBuilder.WithTrailer(packed, kernel.Length);
        var random = new Random(7);

        for (int round = 0; round < 60; round++)
        {
            byte[] broken = (byte[])payload.Clone();
            for (int i = random.Next(1, 4); i > 0; i--) broken[random.Next(8, broken.Length)] ^= (byte)(1 << random.Next(8));
            OpenHostile(BzImageBuilder.Build(broken));
            byte[] cut = BzImageBuilder.WithTrailer(payload[..random.Next(8, payload.Length)], kernel.Length);
            OpenHostile(BzImageBuilder.Build(cut));
        }
    }

    [Theory]
    [InlineData(0u)]
    [InlineData(100_000u)]
    [InlineData(0x4000_0000u)]
    [InlineData(0x4000_0001u)]
    [InlineData(uint.MaxValue)]
    public void A_trailer_that_lies_is_refused_without_allocating_what_it_claims(uint claim)
    {
        byte[] kernel = new ElfBuilder { Entry = 0x100_0000 }.Load(MachineCode(200_000), 0x100_0000).Build();
        byte[] payload = BzImageBuilder.Lz4(kernel);
        BzImageBuilder.U32(payload, payload.Length - 4, claim);
        byte[] image = BzImageBuilder.Build(payload);

        long before = GC.GetAllocatedBytesForCurrentThread();
        Assert.Throws<ImageNotBootableException>(() => ImageLoader.Open(BootTest.Source(image)));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 32 << 20);
    }

    /// <summary>Opens an image that may be broken: it may still boot, but nothing else than the one exception comes out.</summary>
    private static void OpenHostile(byte[] image)
    {
        try
        {
            Assert.NotNull(ImageLoader.Open(BootTest.Source(image)));
        }
        catch (ImageNotBootableException)
        {
        }
    }

    /// <summary>Bytes with the statistics that matter of a kernel's text: calls to a few functions and jumps among noise that repeats.</summary>
    private static byte[] MachineCode(int length)
    {
        var random = new Random(42);
        byte[] code = new byte[length];
        int[] functions = [.. Enumerable.Range(0, 64).Select(_ => random.Next(length))];
        for (int at = 0; at < length;)
        {
            int kind = random.Next(8);
            if (kind < 3 && at + 5 <= length)
            {
                code[at] = kind == 0 ? (byte)0xE9 : (byte)0xE8;
                BitConverter.TryWriteBytes(code.AsSpan(at + 1), functions[random.Next(functions.Length)] - (at + 5));
                at += 5;
            }
            else
            {
                code[at++] = (byte)(kind == 7 ? random.Next(256) : 0x40 + random.Next(16));
            }
        }

        return code;
    }

    private static byte[] Compress(string tool, string flags, byte[] data)
    {
        string? path = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(':').Select(folder => Path.Combine(folder, tool)).FirstOrDefault(File.Exists);
        Assert.SkipUnless(path is not null, $"The compressor '{tool}' is not installed.");

        var start = new ProcessStartInfo(path!, flags + " -c") { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true };
        using Process process = Process.Start(start)!;
        var output = new MemoryStream();
        Task reader = process.StandardOutput.BaseStream.CopyToAsync(output);
        process.StandardInput.BaseStream.Write(data);
        process.StandardInput.Close();
        reader.GetAwaiter().GetResult();
        process.WaitForExit();
        Assert.Equal(0, process.ExitCode);
        return output.ToArray();
    }
}
