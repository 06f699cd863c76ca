using KvmPS.Core.Block;
using KvmPS.Native;

namespace KvmPS.Stress.Storage;

/// <summary>A chain of image files, each over the one before, of which the top is open for writing.</summary>
internal sealed class LayeredImage : IDisposable
{
    private const int AtOnce = 1 << 16;

    private readonly IImageTools _tools;
    private readonly ScratchFolder _folder;
    private readonly Random _random;
    private readonly List<string> _paths = [];
    private int _made;

    /// <summary>One image with nothing below it.</summary>
    public LayeredImage(IImageTools tools, ScratchFolder folder, long length, Random random)
    {
        _tools = tools;
        _folder = folder;
        _random = random;
        Add(length, backing: null);
        Disk = Open(_paths.Count, readOnly: false);
    }

    /// <summary>The disk as a guest has it.</summary>
    public IBlockBackend Disk { get; private set; }

    /// <summary>The files, from the bottom.</summary>
    public IReadOnlyList<string> Paths => _paths;

    /// <summary>Closes all files, does something, and opens them again.</summary>
    public void WhileClosed(Action action)
    {
        Disk.Dispose();
        action();
        Disk = Open(_paths.Count, readOnly: false);
    }

    /// <summary>Puts an empty layer on top.</summary>
    public void Push()
    {
        long length = Disk.Length;
        WhileClosed(() => Add(length, _paths[^1]));
    }

    /// <summary>
    /// Merges the top layer into the one below, by our code or by qemu-img. Only ours does it between sizes: QEMU leaves a longer base as it is, cannot
    /// lengthen a version 2 base that has one itself, and leaves in the last cluster what was there before the base was cut.
    /// </summary>
    public void Merge()
    {
        long length = Disk.Length;
        WhileClosed(() =>
        {
            if (_random.Next(2) == 0 && LengthBelow() == length) QemuImg.Run("commit", "-q", "-f", "qcow2", _paths[^1]);
            else MergeByRequests();
            File.Delete(_paths[^1]);
            _paths.RemoveAt(_paths.Count - 1);
        });
    }

    /// <inheritdoc/>
    public void Dispose() => Disk.Dispose();

    /// <summary>Whatever differs is written below. The top is read before: nobody reads from an image while somebody else has it open for writing.</summary>
    private void MergeByRequests()
    {
        byte[] content = ReadTop();
        using IBlockBackend below = Open(_paths.Count - 1, readOnly: false);
        if (below.Length != content.Length) _tools.Resize(below, content.Length);
        using var buffer = new IoBuffer(AtOnce);
        using var vector = new IoVector();
        for (int at = 0; at < content.Length; at += AtOnce)
        {
            ReadOnlySpan<byte> part = content.AsSpan(at, Math.Min(AtOnce, content.Length - at));
            vector.Clear();
            vector.Add(buffer, 0, part.Length);
            below.Read(at, vector);
            if (part.SequenceEqual(buffer.Span[..part.Length])) continue;
            part.CopyTo(buffer.Span);
            if (part.ContainsAnyExcept((byte)0)) below.Write(at, vector);
            else below.WriteZeroes(at, part.Length, mayDeallocate: true);
        }

        below.Flush();
    }

    private long LengthBelow()
    {
        using IBlockBackend below = Open(_paths.Count - 1, readOnly: true);
        return below.Length;
    }

    private byte[] ReadTop()
    {
        using IBlockBackend top = Open(_paths.Count, readOnly: true);
        byte[] content = new byte[top.Length];
        using var buffer = new IoBuffer(AtOnce);
        using var vector = new IoVector();
        for (int at = 0; at < content.Length; at += AtOnce)
        {
            int length = Math.Min(AtOnce, content.Length - at);
            vector.Clear();
            vector.Add(buffer, 0, length);
            top.Read(at, vector);
            buffer.Span[..length].CopyTo(content.AsSpan(at));
        }

        return content;
    }

    private void Add(long length, string? backing)
    {
        string path = _folder.File($"layer{_made++}.qcow2");
        _tools.Create(path, length, backing, _random);
        _paths.Add(path);
    }

    private IBlockBackend Open(int layers, bool readOnly)
    {
        IBlockBackend? below = layers == 1 ? null : Open(layers - 1, readOnly: true);
        return _tools.Open(_paths[layers - 1], below, readOnly);
    }
}
