using System.Buffers.Binary;
using KvmPS.Core.Block;
using KvmPS.Core.Block.Qcow2;
using Xunit;

namespace KvmPS.Tests.Block.Qcow2;

/// <summary>Damaged and hostile images: whatever they say, opening, reading, writing, checking and repairing end, with an answer or an <see cref="IOException"/>.</summary>
public class HostileImageTests
{
    private static readonly ulong[] Odd =
    [
        0, 1, 2, 0x200, 0x1ff, 0x10000, 0x10200, 0x7fffffff, 0x80000000, 0xffffffff, 0x100000000, 1UL << 40, (1UL << 56) - 512,
        long.MaxValue, 1UL << 63, ulong.MaxValue, ulong.MaxValue - 511, 0xfffffffffffff000,
    ];

    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    [InlineData(65536)]
    public void Header_fields_may_say_anything(int clusterSize)
    {
        byte[] image = Sample(clusterSize);
        for (int field = 4; field < 112; field += 4)
        {
            foreach (ulong odd in Odd)
            {
                byte[] narrow = image.ToArray();
                BinaryPrimitives.WriteUInt32BigEndian(narrow.AsSpan(field), (uint)odd);
                Use(narrow);
                byte[] wide = image.ToArray();
                BinaryPrimitives.WriteUInt64BigEndian(wide.AsSpan(field), odd);
                Use(wide);
            }
        }
    }

    [Theory]
    [InlineData(512, 400)]
    [InlineData(4096, 400)]
    [InlineData(65536, 100)]
    public void Tables_may_say_anything(int clusterSize, int rounds)
    {
        byte[] image = Sample(clusterSize);
        var random = new Random(clusterSize);
        int[] places = Enumerable.Range(0, image.Length / 8).Select(static i => i * 8)
            .Where(at => BinaryPrimitives.ReadUInt64BigEndian(image.AsSpan(at)) is not 0 and not 0x5a5a5a5a5a5a5a5a).ToArray();
        for (int round = 0; round < rounds; round++)
        {
            byte[] bad = image.ToArray();
            for (int i = random.Next(1, 4); i > 0; i--)
            {
                int at = places[random.Next(places.Length)];
                ulong value = random.Next(3) switch
                {
                    0 => Odd[random.Next(Odd.Length)],
                    1 => ((ulong)(uint)random.Next(image.Length / clusterSize) * (uint)clusterSize) | ((ulong)(uint)random.Next(4) << 62) | (uint)random.Next(2),
                    _ => BinaryPrimitives.ReadUInt64BigEndian(bad.AsSpan(at)) ^ (1UL << random.Next(64)),
                };
                BinaryPrimitives.WriteUInt64BigEndian(bad.AsSpan(at), value);
            }

            Use(bad);
        }
    }

    [Fact]
    public void A_file_may_end_anywhere()
    {
        byte[] image = Sample(512);
        for (int length = 0; length < image.Length; length += length < 2048 ? 13 : 797) Use(image[..length]);
    }

    [Theory]
    [InlineData("zlib")]
    [InlineData("zstd")]
    public void Compressed_data_may_be_anything(string compression)
    {
        using var rig = new ImageRig();
        File.WriteAllBytes(rig.Path("a.raw"), Enumerable.Range(0, 1 << 20).Select(static i => (byte)(i / 700)).ToArray());
        QemuTools.Img("convert", "-c", "-f", "raw", "-O", "qcow2", "-o", $"compression_type={compression}", rig.Path("a.raw"), rig.Path("a.qcow2"));
        byte[] image = File.ReadAllBytes(rig.Path("a.qcow2"));
        var random = new Random(9);
        for (int round = 0; round < 150; round++)
        {
            byte[] bad = image.ToArray();
            for (int i = 0; i < 20; i++) bad[random.Next(4 * 65536, bad.Length)] ^= (byte)random.Next(1, 256);
            Use(bad);
        }
    }

    [Fact]
    public void Data_are_not_written_over_tables()
    {
        byte[] image = Sample(4096);
        int l1 = (int)BinaryPrimitives.ReadUInt64BigEndian(image.AsSpan(40));
        int l2 = (int)(BinaryPrimitives.ReadUInt64BigEndian(image.AsSpan(l1)) & 0x00fffffffffffe00);
        foreach (int table in new[] { l1, l2, 4096 })
        {
            byte[] bad = image.ToArray();
            BinaryPrimitives.WriteUInt64BigEndian(bad.AsSpan(l2), (uint)table | (1UL << 63));
            var file = new MemoryImageFile(bad);
            using Qcow2Image disk = Qcow2Image.Open(file, null, readOnly: false);
            ImageRig.Write(disk, 8192, new byte[512]);
            Assert.Throws<ImageCorruptException>(() => ImageRig.Write(disk, 0, new byte[4096]));
            Assert.Throws<ImageCorruptException>(() => disk.Discard(0, 4096));
            ImageRig.Write(disk, 16384, new byte[512]);
            Assert.Equal(bad.AsSpan(table, 8).ToArray(), file.Content.AsSpan(table, 8).ToArray());
        }
    }

    [Fact]
    public void Wrong_refcounts_are_found_and_repaired()
    {
        byte[] image = Sample(4096);
        int block = (int)BinaryPrimitives.ReadUInt64BigEndian(image.AsSpan(4096));
        var random = new Random(11);
        for (int round = 0; round < 20; round++)
        {
            byte[] bad = image.ToArray();
            for (int i = 0; i < 10; i++) BinaryPrimitives.WriteUInt16BigEndian(bad.AsSpan(block + (random.Next(bad.Length / 4096) * 2)), (ushort)random.Next(4));
            if (round % 5 == 0) BinaryPrimitives.WriteUInt64BigEndian(bad.AsSpan(round % 2 == 0 ? 4096 : 48), 1UL << 40); // the table's first entry, or its place
            Repairs(bad, image);
        }
    }

    [Fact]
    public void An_image_that_was_not_closed_is_written_only_when_its_repair_leaves_nothing()
    {
        byte[] image = Sample(4096);
        image[79] |= 1; // dirty
        int l1 = (int)BinaryPrimitives.ReadUInt64BigEndian(image.AsSpan(40));
        int l2 = (int)(BinaryPrimitives.ReadUInt64BigEndian(image.AsSpan(l1)) & 0x00fffffffffffe00);
        byte[] bad = image.ToArray();
        BinaryPrimitives.WriteUInt64BigEndian(bad.AsSpan(l2), (1UL << 40) | (1UL << 63)); // a cluster far behind the end of the file
        for (int attempt = 0; attempt < 2; attempt++)
        {
            var file = new MemoryImageFile(bad);
            var refusal = Assert.Throws<ImageCorruptException>(() => Qcow2Image.Open(file, null, readOnly: false));
            Assert.Contains("0x10000000000", refusal.Message, StringComparison.Ordinal);
            bad = file.Content;
        }

        using (Qcow2Image looked = Qcow2Image.Open(new MemoryImageFile(bad), null, readOnly: true)) Assert.Equal(0x5a, ImageRig.Read(looked, 300 << 10, 512)[0]);
        using Qcow2Image sound = Qcow2Image.Open(new MemoryImageFile(image), null, readOnly: false);
        Assert.False(sound.Header.IsDirty);
    }

    private static void Repairs(byte[] bad, byte[] image)
    {
        var file = new MemoryImageFile(bad);
        using (Qcow2Image disk = Qcow2Image.OpenForRepair(file))
        {
            Assert.False(disk.Check().IsClean);
            disk.Repair(Qcow2RepairModes.All);
            Qcow2CheckResult check = disk.Check();
            Assert.True(check.IsClean, string.Join('\n', check.Problems));
        }

        using Qcow2Image repaired = Qcow2Image.Open(new MemoryImageFile(file.Content), null, readOnly: false);
        using Qcow2Image whole = Qcow2Image.Open(new MemoryImageFile(image), null, readOnly: true);
        Assert.True(repaired.Check().IsClean);
        Assert.True(ImageRig.ReadAll(repaired).AsSpan().SequenceEqual(ImageRig.ReadAll(whole)));
        using var rig = new ImageRig();
        File.WriteAllBytes(rig.Path("a.qcow2"), file.Content);
        QemuTools.Check(rig.Path("a.qcow2"));
    }

    /// <summary>A small image with some of everything that we write.</summary>
    private static byte[] Sample(int clusterSize)
    {
        var file = new MemoryImageFile([]);
        Qcow2Image.Create(file, new Qcow2CreateOptions { VirtualSize = 1 << 20, ClusterSize = clusterSize });
        using (Qcow2Image image = Qcow2Image.Open(file, null, readOnly: false))
        {
            byte[] bytes = new byte[64 << 10];
            bytes.AsSpan().Fill(0x5a);
            ImageRig.Write(image, 0, bytes);
            ImageRig.Write(image, 300 << 10, bytes);
            image.WriteZeroes(0, 4096, mayDeallocate: true);
            image.WriteZeroes(320 << 10, 4096, mayDeallocate: false);
        }

        return file.Content;
    }

    private static void Use(byte[] content)
    {
        Try(() =>
        {
            using Qcow2Image image = Qcow2Image.Open(new MemoryImageFile(content.ToArray()), null, readOnly: true);
            image.Check();
            long step = Math.Max(512, image.Length / 64 & -512);
            for (long at = 0; at + 512 <= image.Length; at += step)
            {
                long place = at;
                Try(() => ImageRig.Read(image, place, 512));
                Try(() => image.Map(place));
            }
        });
        Try(() =>
        {
            using Qcow2Image image = Qcow2Image.Open(new MemoryImageFile(content.ToArray()), null, readOnly: false);
            long step = Math.Max(512, image.Length / 32 & -512);
            for (long at = 0; at + 1024 <= image.Length; at += step)
            {
                long place = at;
                Try(() => ImageRig.Write(image, place, new byte[1024]));
            }

            Try(() => image.Discard(0, Math.Min(image.Length, 1 << 20)));
            Try(() => image.WriteZeroes(0, Math.Min(image.Length, 1 << 20), mayDeallocate: false));
            Try(image.Flush);
            Try(() => image.Resize(2 << 20));
        });
        Try(() =>
        {
            using Qcow2Image image = Qcow2Image.OpenForRepair(new MemoryImageFile(content.ToArray()));
            image.Repair(Qcow2RepairModes.All);
            image.Check();
        });
    }

    private static void Try(Action action)
    {
        try
        {
            action();
        }
        catch (IOException)
        {
            // The only kind that may come out.
        }
    }
}
