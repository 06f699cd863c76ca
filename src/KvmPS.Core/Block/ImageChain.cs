using KvmPS.Native;

namespace KvmPS.Core.Block;

/// <summary>Opens an image and those that it rests on, one after the other, each locked before it is read; for one opening.</summary>
internal sealed class ImageChain
{
    /// <summary>How many images may rest on each other: more are no use, and each takes descriptors.</summary>
    public const int MaximumDepth = 64;

    private readonly DiskOpenOptions _options;
    private readonly IImageFormat _qcow2;
    private readonly List<DiskLayer> _layers = [];
    private readonly HashSet<FileIdentity> _seen = [];

    /// <summary>An empty chain.</summary>
    public ImageChain(DiskOpenOptions options, IImageFormat qcow2)
    {
        _options = options;
        _qcow2 = qcow2;
    }

    /// <summary>The images that were opened, from the top.</summary>
    public IReadOnlyList<DiskLayer> Layers => _layers;

    /// <summary>The file of the first.</summary>
    public DiskFile? Top { get; private set; }

    /// <summary>Opens an image with all below it. When one fails, all that were opened before are closed.</summary>
    public IBlockBackend Open(string path, DiskImageFormat? format, bool forWriting)
    {
        if (_layers.Count == MaximumDepth) throw new ImageNotSupportedException(_layers[0].Path, $"a chain of more than {MaximumDepth} images");
        DiskFileModes modes = (forWriting ? DiskFileModes.Write : DiskFileModes.None) | (_options.CacheMode == DiskCacheMode.Direct ? DiskFileModes.Direct : DiskFileModes.None);
        DiskFile file = DiskFile.Open(path, modes);
        var image = new HostImageFile(file, _options.CacheMode == DiskCacheMode.Unsafe);
        IBlockBackend? below = null;
        try
        {
            if (!_seen.Add(file.Identity)) throw new ImageCorruptException(path, "it rests on itself: its backing chain comes back to it.");
            Top ??= file;
            bool isLocked = !_options.IgnoreLocks && TakeLock(file, forWriting);
            DiskImageFormat actual = format ?? ImageProbe.Detect(image);
            _layers.Add(new DiskLayer(path, actual, format is null, isLocked));
            if (actual == DiskImageFormat.Raw) return RawOf(image, forWriting, isGuess: format is null);
            if (_qcow2.ReadBacking(image) is { } backing)
                below = Open(BackingName.Resolve(path, backing.Name), BackingName.FormatOf(path, backing.Format), forWriting: false);
            return _qcow2.Open(image, below, !forWriting);
        }
        catch
        {
            below?.Dispose();
            image.Dispose();
            throw;
        }
    }

    private bool TakeLock(DiskFile file, bool forWriting)
    {
        if (file != Top || _options.LockedBy is not { } holder) return ImageLock.TryTake(file, forWriting);
        return holder.Identity == file.Identity ? true : throw new IOException($"'{file.Path}' is not the file any more that it was when the disk was opened.");
    }

    private static IBlockBackend RawOf(HostImageFile image, bool forWriting, bool isGuess)
    {
        var raw = new RawImage(image, !forWriting);
        return isGuess && forWriting ? new GuessedRawDisk(raw, image.Name) : raw;
    }
}
