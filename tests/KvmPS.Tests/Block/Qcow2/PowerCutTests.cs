using KvmPS.Core.Block.Qcow2;
using Xunit;

namespace KvmPS.Tests.Block.Qcow2;

/// <summary>Images that a power cut leaves: never corrupt, and with every byte that was flushed.</summary>
public class PowerCutTests
{
    [Theory]
    [InlineData(512, 16, 3, false, 1)]
    [InlineData(512, 64, 3, true, 4)]
    [InlineData(4096, 16, 2, false, 1)]
    [InlineData(4096, 1, 3, false, 1)]
    [InlineData(65536, 16, 3, false, 2)]
    public void A_cut_image_is_whole_and_has_what_was_flushed(int clusterSize, int refcountBits, int version, bool lazy, int megabytes)
    {
        using var rig = new ImageRig();
        var random = new Random(clusterSize ^ refcountBits);
        var file = new MemoryImageFile([]);
        Qcow2Image.Create(file, new Qcow2CreateOptions { VirtualSize = megabytes << 20, ClusterSize = clusterSize, RefcountBits = refcountBits, Version = version, LazyRefcounts = lazy });
        Qcow2Image image = Qcow2Image.Open(file, null, readOnly: false);
        var disk = new ShadowedDisk(image, random);
        byte[] flushed = disk.Shadow.ToArray();
        var since = new List<byte[]>();
        int cuts = 0;
        for (int step = 0; step < 300; step++)
        {
            if (random.Next(12) == 0)
            {
                file.BeforeWrite = () =>
                {
                    if (random.Next(3) == 0) Verify(file.Cut(random));
                };
                image.Flush();
                file.BeforeWrite = null;
                flushed = disk.Shadow.ToArray();
                since.Clear();
            }

            disk.Step(megabytes << 15);
            since.Add(disk.Shadow.ToArray());
            if (random.Next(3) == 0) Verify(file.Cut(random));
        }

        file.BeforeWrite = () => Verify(file.Cut(random));
        image.Dispose();
        file.BeforeWrite = null;
        Assert.True(cuts > 100);
        Qcow2Image closed = Qcow2Image.Open(new MemoryImageFile(file.Content), null, readOnly: true);
        Qcow2CheckResult end = closed.Check();
        Assert.True(end.IsClean, string.Join('\n', end.Problems));

        void Verify(byte[] content)
        {
            cuts++;
            var cut = new MemoryImageFile(content);
            using Qcow2Image opened = Qcow2Image.Open(cut, null, readOnly: true);
            Qcow2CheckResult check = opened.Check();
            Assert.True(check.Corruptions == 0, string.Join('\n', check.Problems));
            byte[] now = ImageRig.ReadAll(opened);
            for (int at = 0; at < now.Length; at += 512)
            {
                ReadOnlySpan<byte> sector = now.AsSpan(at, 512);
                bool isKnown = sector.SequenceEqual(flushed.AsSpan(at, 512));
                for (int i = since.Count - 1; i >= 0 && !isKnown; i--) isKnown = sector.SequenceEqual(since[i].AsSpan(at, 512));
                Assert.True(isKnown, $"The sector at {at} has neither its flushed content nor a later one.");
            }

            if (cuts % 40 != 0) return;
            string path = rig.Path("cut.qcow2");
            File.WriteAllBytes(path, content);
            QemuTools.Check(path, allowLeaks: true);
        }
    }
}
