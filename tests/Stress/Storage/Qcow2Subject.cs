using System.Buffers.Binary;
using KvmPS.Core.Block;

namespace KvmPS.Stress.Storage;

/// <summary>
/// qcow2 images whose life is cut short: made by qemu-img, written by the code under test, judged by qemu-img. Leaks are allowed. An image with lazy
/// refcounts that is marked dirty has counts that nobody may trust before they are counted anew, as QEMU does when it opens one for writing; so
/// its counts are repaired first, and what is judged is the rest.
/// </summary>
internal sealed class Qcow2Subject : ICrashSubject
{
    private const string SnapshotName = "before";
    private const uint BackingVersion = 1;
    private const uint SnapshotVersion = 2;

    private readonly Qcow2Variant _variant;
    private readonly Func<IImageFile, IBlockBackend?, bool, IBlockBackend> _open;
    private readonly Action<IBlockBackend, long> _resize;
    private readonly ScratchFolder _folder = new();
    private readonly byte[] _initial;
    private ImageBytes? _backing;

    /// <summary>Images of one variant.</summary>
    /// <param name="variant">What qemu-img makes.</param>
    /// <param name="open">Opens one over what is below it, for reading only or not.</param>
    /// <param name="resize">Gives an open one another size.</param>
    public Qcow2Subject(Qcow2Variant variant, Func<IImageFile, IBlockBackend?, bool, IBlockBackend> open, Action<IBlockBackend, long> resize)
    {
        _variant = variant;
        _open = open;
        _resize = resize;
        _initial = new byte[variant.Length];
        for (int i = 0; i < variant.Length / SectorPattern.Size; i++) SectorPattern.Fill(_initial.AsSpan(i * SectorPattern.Size, SectorPattern.Size), i, InitialVersion(i));
    }

    /// <inheritdoc/>
    public string Name => _variant.Name;

    /// <inheritdoc/>
    public long Length => _variant.Length;

    /// <inheritdoc/>
    public IReadOnlyList<long> Lengths => _variant.Lengths;

    private long BackingLength => Length * 3 / 4; // what is past it is zero

    private long SnapshotLength => Length / 2;

    private string BackingPath => _folder.File($"base.{_variant.BackingFormat}");

    /// <inheritdoc/>
    public ImageBytes Create()
    {
        string path = _folder.File("first.qcow2");
        string[] backing = [];
        if (_variant.BackingFormat is { } format)
        {
            string raw = _folder.File("base.content");
            File.WriteAllBytes(raw, BackingContent());
            QemuImg.Run("convert", "-f", "raw", "-O", format, raw, BackingPath);
            _backing = ImageBytes.Of(File.ReadAllBytes(BackingPath));
            backing = ["-b", BackingPath, "-F", format];
        }

        QemuImg.Run(["create", "-q", "-f", "qcow2", "-o", _variant.Options, .. backing, path, $"{Length}"]);
        if (_variant.HasSnapshot)
        {
            string raw = _folder.File("snapshot.content");
            File.WriteAllBytes(raw, _initial.AsSpan(0, (int)SnapshotLength));
            QemuImg.Run("convert", "-n", "-f", "raw", "-O", "qcow2", raw, path);
            QemuImg.Run("snapshot", "-c", SnapshotName, path);
        }

        return ImageBytes.Of(File.ReadAllBytes(path));
    }

    /// <inheritdoc/>
    public uint InitialVersion(int sector)
    {
        long offset = (long)sector * SectorPattern.Size;
        if (_variant.HasSnapshot && offset < SnapshotLength && sector / 24 % 3 != 2) return SnapshotVersion;
        return _variant.BackingFormat is not null && offset < BackingLength && IsInBacking(sector) ? BackingVersion : SectorPattern.Zeroes;
    }

    /// <inheritdoc/>
    public IBlockBackend Open(IImageFile file) => _open(file, OpenBacking(), false);

    /// <inheritdoc/>
    public void Resize(IBlockBackend disk, long length) => _resize(disk, length);

    /// <inheritdoc/>
    public string? FindFault(ImageBytes image, bool thoroughly)
    {
        ulong features = Features(image.Span);
        if ((features & 2) != 0) return "the image is marked corrupt.";
        bool isDirty = (features & 1) != 0;
        string path = _folder.File("cut.qcow2");
        File.WriteAllBytes(path, image.Span);
        (ImageVerdict verdict, string output) = QemuImg.Check(path, repair: isDirty);
        if (verdict is not ImageVerdict.Clean and not ImageVerdict.Leaky) return $"qemu-img check{(isDirty ? " -r all" : "")} says {verdict}: {output}";
        return thoroughly && _variant.HasSnapshot ? FindSnapshotFault(path) : null;
    }

    /// <inheritdoc/>
    public byte[] ReadFromOutside(ImageBytes image)
    {
        string path = _folder.File("read.qcow2");
        File.WriteAllBytes(path, image.Span);
        if ((Features(image.Span) & 1) != 0) QemuImg.Check(path, repair: true);
        string raw = _folder.File("read.raw");
        QemuImg.Run("convert", "-f", "qcow2", "-O", "raw", path, raw);
        return File.ReadAllBytes(raw);
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Dispose();

    private static bool IsInBacking(int sector) => sector % 32 < 20;

    /// <summary>The incompatible features of a header: 1 is dirty, 2 corrupt.</summary>
    private static ulong Features(ReadOnlySpan<byte> header)
    {
        const int version = 4;
        const int features = 72;
        return BinaryPrimitives.ReadUInt32BigEndian(header[version..]) >= 3 ? BinaryPrimitives.ReadUInt64BigEndian(header[features..]) : 0;
    }

    private byte[] BackingContent()
    {
        byte[] content = new byte[BackingLength];
        for (int i = 0; i < BackingLength / SectorPattern.Size; i++)
            SectorPattern.Fill(content.AsSpan(i * SectorPattern.Size, SectorPattern.Size), i, IsInBacking(i) ? BackingVersion : SectorPattern.Zeroes);
        return content;
    }

    private IBlockBackend? OpenBacking() => _variant.BackingFormat switch
    {
        null => null,
        "raw" => new FlatDisk(BackingContent()),
        _ => _open(new MemoryImageFile(BackingPath, _backing!), null, true),
    };

    private string? FindSnapshotFault(string path)
    {
        string raw = _folder.File("snapshot.raw");
        QemuImg.Run("convert", "-f", "qcow2", "-l", $"snapshot.name={SnapshotName}", "-O", "raw", path, raw);
        return File.ReadAllBytes(raw).AsSpan().SequenceEqual(_initial) ? null : "the internal snapshot is not what it was.";
    }
}
