using KvmPS.Core.Block;
using KvmPS.Core.Block.Qcow2;
using KvmPS.Native;
using KvmPS.Stress.Storage;

namespace KvmPS.Tests.Block.Qcow2;

/// <summary>A folder with images, and short words for what tests do with them.</summary>
internal sealed class ImageRig : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("kvmps-qcow2-").FullName;

    public string Path(string name) => System.IO.Path.Combine(_root, name);

    public static Qcow2Image Open(string path, bool readOnly = true, IBlockBackend? backing = null) => Qcow2Tools.OpenFile(path, backing, readOnly);

    public static void Create(string path, Qcow2CreateOptions options)
    {
        using var file = new HostImageFile(DiskFile.Open(path, DiskFileModes.Write | DiskFileModes.Create));
        Qcow2Image.Create(file, options);
    }

    /// <summary>Reads a part of a disk.</summary>
    public static byte[] Read(IBlockBackend disk, long offset, int length)
    {
        using var buffer = new IoBuffer(length);
        using var vector = new IoVector();
        buffer.Span.Fill(0xEE);
        vector.Add(buffer, 0, length);
        disk.Read(offset, vector);
        return buffer.Span.ToArray();
    }

    /// <summary>Writes a part of a disk.</summary>
    public static void Write(IBlockBackend disk, long offset, ReadOnlySpan<byte> bytes)
    {
        using var buffer = new IoBuffer(bytes.Length);
        using var vector = new IoVector();
        bytes.CopyTo(buffer.Span);
        int half = (bytes.Length / 2) & ~511; // in two pieces, as a guest's memory is
        vector.Add(buffer, 0, half);
        vector.Add(buffer, half, bytes.Length - half);
        disk.Write(offset, vector);
    }

    /// <summary>All of a disk.</summary>
    public static byte[] ReadAll(IBlockBackend disk, int step = 1 << 20)
    {
        byte[] all = new byte[disk.Length];
        for (int at = 0; at < all.Length; at += step) Read(disk, at, Math.Min(step, all.Length - at)).CopyTo(all, at);
        return all;
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);
}
