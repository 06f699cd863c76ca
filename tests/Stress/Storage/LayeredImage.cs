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

    /// <summary>Merges the top layer into the one below, by our code or by qemu-img.</summary>
    public void Merge()
    {
        long length = Disk.Length;
        WhileClosed(() =>
        {
            if (_random.Next(2) == 0) QemuImg.Run("commit", "-q", "-f", "qcow2", _paths[^1]);
            else MergeByRequests();
            File.Delete(_paths[^1]);
            _paths.RemoveAt(_paths.Count - 1);
        });
        if (Disk.Length != length) _tools.Resize(Disk, length); // qemu-img lets a base be longer than what it gets
    }

    /// <inheritdoc/>
    public void Dispose() => Disk.Dispose();

    /// <summary>Whatever differs is written below.</summary>
    private void MergeByRequests()
    {
        using IBlockBackend top = Open(_paths.Count, readOnly: true);
        using IBlockBackend below = Open(_paths.Count - 1, readOnly: false);
        if (below.Length != top.Length) _tools.Resize(below, top.Length);
        using var ours = new IoBuffer(AtOnce);
        using var theirs = new IoBuffer(AtOnce);
        using var vector = new IoVector();
        for (long at = 0; at < top.Length; at += AtOnce)
        {
            int length = (int)Math.Min(AtOnce, top.Length - at);
            vector.Clear();
            vector.Add(theirs, 0, length);
            below.Read(at, vector);
            vector.Clear();
            vector.Add(ours, 0, length);
            top.Read(at, vector);
            if (ours.Span[..length].SequenceEqual(theirs.Span[..length])) continue;
            if (ours.Span[..length].ContainsAnyExcept((byte)0)) below.Write(at, vector);
            else below.WriteZeroes(at, length, mayDeallocate: true);
        }

        below.Flush();
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
