using FsCheck;
using FsCheck.Fluent;
using KvmPS.Core.Boot;
using KvmPS.Native;
using Xunit;

namespace KvmPS.Tests.Boot;

/// <summary>Images that were made to hurt: whatever the bytes, either the image is placed or <see cref="ImageNotBootableException"/> says why not.</summary>
public sealed class HostileImageTests
{
    private static readonly byte[][] Seeds =
    [
        new ElfBuilder().Load(BootTest.Pattern(300), 0x10_0000, 0x3000).LinuxNote().PvhNote(0x10_0010).Build(),
        new ElfBuilder { Is64 = false, Machine = 3 }.Load(BootTest.Pattern(300), 0x10_0000).PvhNote(0x10_0010).Build(),
        new ElfBuilder().Load([.. Multiboot(3), .. BootTest.Pattern(300)], 0x10_0000).Build(),
        [.. Multiboot(0x1_0003, 0x10_0000, 0x10_0000, 0, 0x10_1000, 0x10_0020), .. BootTest.Pattern(300)],
        BzImageBuilder.Build(BzImageBuilder.Lz4(new ElfBuilder { Entry = 0x100_0000 }.Load(BootTest.Pattern(300), 0x100_0000).Build())),
        BzImageBuilder.Build([0xDE, 0xAD, 0xBE, 0xEF, 1, 2, 3, 4, 5, 6]),
    ];

    private static readonly uint[] Extremes = [0, 1, 3, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0xFFFF_F000, 0x10_0000, 0x7000, 0x1000];

    [Fact]
    public void Mutated_images_are_placed_or_refused()
    {
        var mutation =
            from seed in Gen.Choose(0, Seeds.Length - 1)
            from edits in Gen.Choose(0, 0x2FF).Zip(Gen.Choose(0, Extremes.Length + 255)).ListOf(6)
            from length in Gen.Frequency((3, Gen.Constant(int.MaxValue)), (1, Gen.Choose(0, 2000)))
            select Mutate(Seeds[seed], edits, length);

        using GuestMemory memory = MemoryOnBothSidesOfTheHole();
        Check.One(Config.QuickThrowOnFailure.WithMaxTest(4000).WithReplay(20261122, 1), Prop.ForAll(mutation.ToArbitrary(), image => Survives(image, memory)));
    }

    [Fact]
    public void Every_field_survives_every_extreme()
    {
        using GuestMemory memory = MemoryOnBothSidesOfTheHole();
        foreach (byte[] seed in Seeds)
        {
            for (int offset = 0; offset < Math.Min(seed.Length - 4, 0x280); offset++)
            {
                foreach (uint extreme in Extremes)
                {
                    byte[] image = (byte[])seed.Clone();
                    BzImageBuilder.U32(image, offset, extreme);
                    Assert.True(Survives(image, memory));
                }
            }
        }
    }

    [Fact]
    public void Noise_is_refused()
    {
        using GuestMemory memory = BootTest.Memory(2 * BootTest.MiB);
        for (int length = 0; length < 9000; length += 37)
            Assert.Throws<ImageNotBootableException>(() => ImageLoader.Open(BootTest.Source(BootTest.Pattern(length, length))));
    }

    [Theory]
    [InlineData(EntryChoice.Pvh, "XEN_ELFNOTE_PHYS32_ENTRY")]
    [InlineData(EntryChoice.Multiboot, "no multiboot header")]
    public void An_entry_that_an_image_has_not_is_refused(EntryChoice choice, string rule)
    {
        byte[] file = new ElfBuilder().Load([0xF4], 0x10_0000).Build();
        var error = Assert.Throws<ImageNotBootableException>(() => ImageLoader.Open(BootTest.Source(file), new ImageOptions { Entry = choice }));
        Assert.Contains(rule, error.Rule, StringComparison.Ordinal);
    }

    /// <summary>Opens and places an image for every entry; any exception but the one fails the test.</summary>
    private static bool Survives(byte[] image, GuestMemory memory)
    {
        foreach (EntryChoice choice in Enum.GetValues<EntryChoice>())
        {
            try
            {
                BootImage opened = ImageLoader.Open(BootTest.Source(image), new ImageOptions { Entry = choice });
                CpuEntry entry = opened.Place(memory, new BootParameters { CommandLine = "quiet", Initrds = [new BootModule(BootTest.Source([1, 2, 3]))] });
                if (!memory.Contains(new GuestAddress(entry.InstructionPointer), 1)) return false;
            }
            catch (ImageNotBootableException)
            {
            }
        }

        return true;
    }

    /// <summary>A small machine with RAM above 4 GiB too, where 32-bit fields overflow.</summary>
    private static GuestMemory MemoryOnBothSidesOfTheHole() =>
        GuestMemory.Allocate(48 * BootTest.MiB, new GuestAddress(32 * BootTest.MiB), new GuestAddress(MemoryLayout.MmioHoleEnd));

    private static byte[] Mutate(byte[] seed, IEnumerable<(int Offset, int Value)> edits, int length)
    {
        byte[] image = seed[..Math.Min(seed.Length, length)];
        foreach ((int offset, int value) in edits)
        {
            if (offset + 4 > image.Length) continue;
            if (value < Extremes.Length) BzImageBuilder.U32(image, offset, Extremes[value]);
            else image[offset] = (byte)(value - Extremes.Length);
        }

        return image;
    }

    private static byte[] Multiboot(uint flags, params uint[] addresses)
    {
        uint[] fields = [0x1BAD_B002, flags, unchecked(0u - 0x1BAD_B002u - flags), .. addresses];
        return [.. fields.SelectMany(BitConverter.GetBytes)];
    }
}
