using KvmPS.Core.Boot;
using KvmPS.Native;
using KvmPS.Tests.Native;
using Xunit;

namespace KvmPS.Tests.Boot;

public sealed class ImageSourceTests : IDisposable
{
    private readonly string _path = Path.GetTempFileName();

    [Fact]
    public void A_file_that_shrinks_is_named_with_its_end()
    {
        File.WriteAllBytes(_path, new ElfBuilder().Load(BootTest.Pattern(5000), 0x10_0000).Build());
        using var source = new FileImageSource(_path, "vmlinux");
        BootImage image = ImageLoader.Open(source);
        File.WriteAllBytes(_path, File.ReadAllBytes(_path)[..1000]);

        using GuestMemory memory = BootTest.Memory();
        var error = Assert.Throws<ImageNotBootableException>(() => image.Place(memory, new BootParameters()));
        Assert.Equal(("vmlinux", 1000), (error.Image, error.Offset));
    }

    [Fact]
    public void A_file_is_read_into_guest_memory_at_any_offset()
    {
        byte[] bytes = BootTest.Pattern(10_000);
        File.WriteAllBytes(_path, bytes);
        using var source = new FileImageSource(_path);
        using GuestMemory memory = BootTest.Memory();
        using (GuestSpan span = memory.Lend(new GuestAddress(0x1234), 777)) source.Read(333, span.Span);

        Assert.Equal((_path, 10_000), (source.Name, source.Length));
        Assert.Equal(bytes[333..1110], memory.Bytes(0x1234, 777));
    }

    [Fact]
    public void An_empty_file_and_a_folder_are_no_images()
    {
        using var source = new FileImageSource(_path);
        Assert.Throws<ImageNotBootableException>(() => ImageLoader.Open(source));
        Assert.Equal("EISDIR", Assert.Throws<HostIOException>(() => new FileImageSource(Path.GetTempPath())).ErrnoName);
        Assert.Throws<FileNotFoundException>(() => new FileImageSource(_path + ".missing"));
    }

    [Fact]
    public async Task A_pipe_and_a_device_are_refused_without_being_opened()
    {
        string pipe = _path + ".pipe";
        NamedPipe.Make(pipe);
        try
        {
            Task open = Task.Run(() => Assert.Throws<IOException>(() => new FileImageSource(pipe)), TestContext.Current.CancellationToken);
            await open.WaitAsync(Patience.Long, TestContext.Current.CancellationToken); // Opened, it would wait for a writer for ever.
        }
        finally
        {
            File.Delete(pipe);
        }

        Assert.Throws<IOException>(() => new FileImageSource("/dev/zero"));
    }

    [Fact]
    public void Reads_outside_memory_are_refused()
    {
        using var source = BootTest.Source(new byte[10]);
        Assert.Throws<ImageNotBootableException>(() => source.Read(8, new byte[3]));
        Assert.Throws<ImageNotBootableException>(() => source.Read(-1, new byte[1]));
        Assert.Throws<ImageNotBootableException>(() => source.Read(long.MaxValue, new byte[1]));
    }

    public void Dispose() => File.Delete(_path);
}
