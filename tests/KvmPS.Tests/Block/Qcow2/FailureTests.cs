using KvmPS.Core.Block.Qcow2;
using Xunit;

namespace KvmPS.Tests.Block.Qcow2;

/// <summary>A host that fails in the midst of things, and many threads at once.</summary>
public class FailureTests
{
    [Theory]
    [InlineData(512)]
    [InlineData(4096)]
    [InlineData(65536)]
    public void After_a_host_error_the_image_goes_on_and_keeps_what_was_flushed(int clusterSize)
    {
        using var rig = new ImageRig();
        var random = new Random(clusterSize);
        var file = new MemoryImageFile([]);
        Qcow2Image.Create(file, new Qcow2CreateOptions { VirtualSize = 1 << 20, ClusterSize = clusterSize });
        Qcow2Image image = Qcow2Image.Open(file, null, readOnly: false);
        byte[] bytes = new byte[1 << 20];
        int failures = 0;
        for (int round = 0; round < 150; round++)
        {
            file.BeforeWrite = () =>
            {
                if (random.Next(6) != 0) return;
                failures++;
                throw new IOException("The host is out of order.");
            };
            int at = random.Next(2000) * 512;
            int length = Math.Min(random.Next(1, 100) * 512, bytes.Length - at);
            bytes.AsSpan(at, length).Fill((byte)round);
            bool isZero = random.Next(4) == 0;
            if (isZero) bytes.AsSpan(at, length).Clear();
            Until(() =>
            {
                if (isZero) image.WriteZeroes(at, length, mayDeallocate: true);
                else ImageRig.Write(image, at, bytes.AsSpan(at, length));
            });
            if (random.Next(5) == 0)
            {
                Until(image.Flush);
                using Qcow2Image cut = Qcow2Image.Open(new MemoryImageFile(file.Cut(random)), null, readOnly: true);
                Assert.Equal(0, cut.Check().Corruptions);
                Assert.True(bytes.AsSpan().SequenceEqual(ImageRig.ReadAll(cut)));
            }

            Assert.True(bytes.AsSpan().SequenceEqual(ImageRig.ReadAll(image)));
        }

        file.BeforeWrite = null;
        Assert.True(failures > 20);
        Qcow2CheckResult check = image.Check();
        Assert.True(check.IsClean, string.Join('\n', check.Problems));
        image.Dispose();
        File.WriteAllBytes(rig.Path("a.qcow2"), file.Content);
        QemuTools.Check(rig.Path("a.qcow2"));

        static void Until(Action action)
        {
            while (true)
            {
                try
                {
                    action();
                    return;
                }
                catch (IOException)
                {
                    // And again, as a guest does.
                }
            }
        }
    }

    [Fact]
    public void Threads_that_write_their_own_parts_do_not_disturb_each_other()
    {
        using var rig = new ImageRig();
        string path = rig.Path("a.qcow2");
        const int Threads = 4;
        ImageRig.Create(path, new Qcow2CreateOptions { VirtualSize = 8 << 20, ClusterSize = 4096 });
        byte[] all = new byte[8 << 20];
        using (Qcow2Image image = ImageRig.Open(path, readOnly: false))
        {
            Parallel.For(0, Threads, new ParallelOptions { MaxDegreeOfParallelism = Threads }, thread =>
            {
                var random = new Random(thread);
                for (int i = 0; i < 800; i++)
                {
                    // Stripes of 64 KiB in turn: clusters are one thread's, L2 tables everybody's.
                    int stripe = (random.Next(all.Length >> 18) * Threads + thread) << 16;
                    int at = stripe + (random.Next(64) * 512);
                    Span<byte> part = all.AsSpan(at, random.Next(1, 64) * 512);
                    switch (random.Next(6))
                    {
                        case 0:
                            part.Clear();
                            image.WriteZeroes(at, part.Length, mayDeallocate: true);
                            break;
                        case 1:
                            image.Flush();
                            break;
                        case < 4:
                            part.Fill((byte)random.Next(256));
                            ImageRig.Write(image, at, part);
                            break;
                        default:
                            Assert.True(part.SequenceEqual(ImageRig.Read(image, at, part.Length)));
                            break;
                    }
                }
            });
            Assert.True(all.AsSpan().SequenceEqual(ImageRig.ReadAll(image)));
            File.WriteAllBytes(rig.Path("a.raw"), all);
        }

        QemuTools.Check(path);
        QemuTools.Same(path, rig.Path("a.raw"));
    }
}
