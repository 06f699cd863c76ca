using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;
using KvmPS.Core.Block;
using KvmPS.Native;
using KvmPS.Tests.Native;
using Microsoft.Win32.SafeHandles;
using Xunit;

namespace KvmPS.Tests.Block;

/// <summary>Locks on images: between openings of this process, and against QEMU's own in both directions.</summary>
public sealed class ImageLockTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void A_lock_ends_with_its_file_though_a_process_that_starts_has_the_descriptor_still()
    {
        using var folder = new TestFolder();
        string path = folder.File("a", new byte[512]);
        DiskFile file = DiskFile.Open(path, DiskFileModes.Write);
        Assert.True(ImageLock.TryTake(file, forWriting: true));
        using var inherited = new SafeFileHandle(Dup((int)file.DangerousGetHandle()), ownsHandle: true); // what fork does
        Assert.False(inherited.IsInvalid);
        file.Dispose();
        using DiskFile next = DiskFile.Open(path, DiskFileModes.Write);
        Assert.True(ImageLock.TryTake(next, forWriting: true));
    }

    [DllImport("libc", EntryPoint = "dup")]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Dup(int descriptor);

    [Fact]
    public void Readers_share_and_a_writer_is_alone()
    {
        string path = _folder.Sparse("disk", 1 << 20);
        using (DiskFile first = Read(path))
        using (DiskFile second = Read(path))
        {
            Assert.True(ImageLock.TryTake(first, forWriting: false));
            Assert.True(ImageLock.TryTake(second, forWriting: false));
            using DiskFile writer = Write(path);
            ImageLockedException refusal = Assert.Throws<ImageLockedException>(() => ImageLock.TryTake(writer, forWriting: true));
            Assert.Equal((path, false, "this process"), (refusal.Image, refusal.IsWritten, refusal.Holder));
        }

        using DiskFile alone = Write(path);
        Assert.True(ImageLock.TryTake(alone, forWriting: true)); // the refused one left nothing behind
        using DiskFile other = Write(path);
        Assert.True(Assert.Throws<ImageLockedException>(() => ImageLock.TryTake(other, forWriting: true)).IsWritten);
        Assert.True(Assert.Throws<ImageLockedException>(() => ImageLock.TryTake(other, forWriting: false)).IsWritten);
        ImageLock.Release(alone);
        Assert.True(ImageLock.TryTake(other, forWriting: true));
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("qcow2")]
    public void QEMU_is_kept_away_from_what_is_written_here_and_may_read_what_is_read(string format)
    {
        string path = Image(format);
        using (DiskFile writer = Write(path))
        {
            Assert.True(ImageLock.TryTake(writer, forWriting: true));
            Assert.Contains("Failed to get \"write\" lock", Qemu(format, path, "write 0 512"), StringComparison.Ordinal);
            if (format == "qcow2") Assert.Contains("Failed to get shared \"write\" lock", Qemu(format, path, "read 0 512", "-r"), StringComparison.Ordinal);
        }

        using DiskFile reader = Read(path);
        Assert.True(ImageLock.TryTake(reader, forWriting: false));
        Assert.Contains("Failed to get \"write\" lock", Qemu(format, path, "write 0 512"), StringComparison.Ordinal);
        Assert.Contains("read 512/512", Qemu(format, path, "read 0 512", "-r"), StringComparison.Ordinal);
        reader.Dispose();
        Assert.Contains("wrote 512/512", Qemu(format, path, "write 0 512"), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("raw")]
    [InlineData("qcow2")]
    public void What_QEMU_writes_is_refused_here_with_its_process(string format)
    {
        string path = Image(format);
        using (var qemu = new HeldByQemu(format, path, readOnly: false))
        {
            using DiskFile writer = Write(path);
            ImageLockedException refusal = Assert.Throws<ImageLockedException>(() => ImageLock.TryTake(writer, forWriting: true));
            Assert.True(refusal.IsWritten);
            Assert.StartsWith($"process {qemu.Id} (", refusal.Holder, StringComparison.Ordinal);
            Assert.Throws<ImageLockedException>(() => ImageLock.TryTake(writer, forWriting: false));
        }

        using DiskFile after = Write(path);
        Assert.True(ImageLock.TryTake(after, forWriting: true));
    }

    [Fact]
    public void What_QEMU_reads_is_read_here_and_not_written()
    {
        string path = Image("qcow2");
        using var qemu = new HeldByQemu("qcow2", path, readOnly: true);
        using DiskFile reader = Read(path);
        Assert.True(ImageLock.TryTake(reader, forWriting: false));
        using DiskFile writer = Write(path);
        Assert.Throws<ImageLockedException>(() => ImageLock.TryTake(writer, forWriting: true));
    }

    private static DiskFile Read(string path) => DiskFile.Open(path, DiskFileModes.None);

    private static DiskFile Write(string path) => DiskFile.Open(path, DiskFileModes.Write);

    private string Image(string format)
    {
        (int exitCode, _, string error) = HostTool.Run("qemu-img", "create", "-q", "-f", format, _folder[format], "1M");
        Assert.SkipWhen(exitCode == 127, "There is no qemu-img on this host (Debian package qemu-utils).");
        Assert.Equal((0, ""), (exitCode, error));
        return _folder[format];
    }

    private static string Qemu(string format, string path, string command, params string[] options)
    {
        (_, string output, string error) = HostTool.Run("qemu-io", [.. options, "-f", format, "-c", command, path]);
        return output + error;
    }

    /// <summary>A qemu-io that has an image open until it is disposed.</summary>
    private sealed class HeldByQemu : IDisposable
    {
        private readonly Process _process;

        public HeldByQemu(string format, string path, bool readOnly)
        {
            string[] mode = readOnly ? ["-r"] : [];
            _process = Process.Start(new ProcessStartInfo("qemu-io", [.. mode, "-f", format, path]) { UseShellExecute = false, RedirectStandardInput = true, RedirectStandardOutput = true })!;
            _process.StandardInput.WriteLine(readOnly ? "read 0 512" : "write 0 512");
            _process.StandardInput.Flush();
            var said = new StringBuilder();
            while (!said.ToString().Contains("512/512", StringComparison.Ordinal))
            {
                int next = _process.StandardOutput.Read();
                Assert.True(next >= 0, $"qemu-io ended: {said}");
                said.Append((char)next);
            }
        }

        public int Id => _process.Id;

        public void Dispose()
        {
            _process.StandardInput.WriteLine("quit");
            _process.StandardInput.Close();
            _process.StandardOutput.ReadToEnd();
            _process.WaitForExit();
            _process.Dispose();
        }
    }
}
