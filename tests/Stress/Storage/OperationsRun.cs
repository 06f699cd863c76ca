using KvmPS.Native;
using Microsoft.Win32.SafeHandles;

namespace KvmPS.Stress.Storage;

/// <summary>
/// Random operations on a disk of images, and the same on a flat file: write, zero, discard, read, flush, resize, a new layer, a merge, close and
/// open. Now and then, and at the end, qemu-img checks every image and compares the disk with the file.
/// </summary>
/// <param name="tools">What is under test.</param>
/// <param name="seed">The source of all choices.</param>
/// <param name="operations">How many.</param>
internal sealed class OperationsRun(IImageTools tools, int seed, int operations)
{
    private const long FirstLength = 8 << 20;
    private const int MostSectors = 512;
    private const int LookEvery = 400; // operations
    private const int MostLayers = 4;

    private readonly Random _random = new(seed);
    private readonly SortedDictionary<string, int> _done = new(StringComparer.Ordinal);
    private readonly IoBuffer _buffer = new(MostSectors * SectorPattern.Size);
    private readonly IoVector _vector = new();
    private LayeredImage _image = null!;
    private SafeFileHandle _shadow = null!;
    private int _number;
    private int _looks;
    private string _current = "";

    /// <summary>Does them all. How often each was done.</summary>
    /// <exception cref="OperationsFailureException">The disk is not as the file is, or an image is not sound.</exception>
    public OperationsReport Run()
    {
        using var folder = new ScratchFolder();
        using (_buffer)
        using (_vector)
        using (_shadow = File.OpenHandle(folder.File("shadow.raw"), FileMode.Create, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            RandomAccess.SetLength(_shadow, FirstLength);
            try
            {
                using (_image = new LayeredImage(tools, folder, FirstLength, _random))
                {
                    for (_number = 1; _number <= operations; _number++)
                    {
                        Step();
                        if (_number % LookEvery == 0 || _number == operations) _image.WhileClosed(() => Look(folder.File("shadow.raw")));
                    }
                }
            }
            catch (Exception exception) when (exception is not OperationsFailureException)
            {
                throw Failure(exception.ToString(), exception);
            }
        }

        return new OperationsReport(_number - 1, _looks, _done);
    }

    private void Step()
    {
        int choice = _random.Next(1000);
        if (choice < 450) Do("write", Write);
        else if (choice < 600) Do("zero", WriteZeroes);
        else if (choice < 750) Do("discard", Discard);
        else if (choice < 860) Do("read", () => Read(Range()));
        else if (choice < 950) Do("flush", _image.Disk.Flush);
        else if (choice < 965) Do("resize", Resize);
        else if (choice < 975 && _image.Paths.Count < MostLayers) Do("new layer", _image.Push);
        else if (choice < 985 && _image.Paths.Count > 1) Do("merge", _image.Merge);
        else Do("reopen", () => _image.WhileClosed(static () => { }));
    }

    private void Do(string name, Action action)
    {
        _current = name;
        action();
        _done[name] = _done.GetValueOrDefault(name) + 1;
    }

    private void Write()
    {
        (int first, int count) = Range();
        Span<byte> content = _buffer.Span[..(count * SectorPattern.Size)];
        SectorPattern.Fill(content, first, (uint)_number);
        _image.Disk.Write((long)first * SectorPattern.Size, Vector(count));
        RandomAccess.Write(_shadow, content, (long)first * SectorPattern.Size);
    }

    private void WriteZeroes()
    {
        (int first, int count) = Range();
        _image.Disk.WriteZeroes((long)first * SectorPattern.Size, (long)count * SectorPattern.Size, mayDeallocate: _random.Next(2) == 0);
        RandomAccess.Write(_shadow, new byte[count * SectorPattern.Size], (long)first * SectorPattern.Size);
    }

    /// <summary>What a discard leaves is the disk's choice for each sector: what was there, or zero. The file follows it.</summary>
    private void Discard()
    {
        (int first, int count) = Range();
        _image.Disk.Discard((long)first * SectorPattern.Size, (long)count * SectorPattern.Size);
        _image.Disk.Read((long)first * SectorPattern.Size, Vector(count));
        Span<byte> now = _buffer.Span[..(count * SectorPattern.Size)];
        byte[] before = Shadow(first, count);
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> sector = now.Slice(i * SectorPattern.Size, SectorPattern.Size);
            if (sector.ContainsAnyExcept((byte)0)) Compare(first + i, before.AsSpan(i * SectorPattern.Size, SectorPattern.Size), sector);
        }

        RandomAccess.Write(_shadow, now, (long)first * SectorPattern.Size);
    }

    private void Read((int First, int Count) range)
    {
        _image.Disk.Read((long)range.First * SectorPattern.Size, Vector(range.Count));
        byte[] expected = Shadow(range.First, range.Count);
        for (int i = 0; i < range.Count; i++)
            Compare(range.First + i, expected.AsSpan(i * SectorPattern.Size, SectorPattern.Size), _buffer.Span.Slice(i * SectorPattern.Size, SectorPattern.Size));
    }

    private void Resize()
    {
        long length = FirstLength + (_random.Next((int)-FirstLength / 1024, (int)FirstLength / 1024) * (long)SectorPattern.Size);
        tools.Resize(_image.Disk, length);
        RandomAccess.SetLength(_shadow, length);
        if (_image.Disk.Length != length) throw Failure($"it has {_image.Disk.Length} bytes instead of {length}.");
    }

    private void Look(string shadowPath)
    {
        _looks++;
        foreach (string path in _image.Paths)
        {
            (ImageVerdict verdict, string output) = QemuImg.Check(path);
            if (verdict != ImageVerdict.Clean) throw Failure($"qemu-img check says of layer {Path.GetFileName(path)} of {_image.Paths.Count}: {verdict}: {output}");
        }

        if (QemuImg.Compare(_image.Paths[^1], "qcow2", shadowPath, "raw") is { } difference) throw Failure($"qemu-img compare: {difference}");
    }

    private void Compare(int place, ReadOnlySpan<byte> expected, ReadOnlySpan<byte> found)
    {
        if (!found.SequenceEqual(expected)) throw Failure($"sector {place} has {SectorPattern.Describe(found, place)} instead of {SectorPattern.Describe(expected, place)}.");
    }

    private byte[] Shadow(int first, int count)
    {
        byte[] bytes = new byte[count * SectorPattern.Size];
        RandomAccess.Read(_shadow, bytes, (long)first * SectorPattern.Size);
        return bytes;
    }

    private IoVector Vector(int sectors)
    {
        _vector.Clear();
        _vector.Add(_buffer, 0, sectors * SectorPattern.Size);
        return _vector;
    }

    private (int First, int Count) Range()
    {
        int size = (int)(_image.Disk.Length / SectorPattern.Size);
        int first = _random.Next(size);
        int count = _random.Next(4) switch { 0 => 1, 1 => _random.Next(1, 17), 2 => 8 << _random.Next(7), _ => _random.Next(1, MostSectors + 1) };
        if (_random.Next(2) == 0) first -= first % Math.Min(count, 128); // often whole clusters
        return (first, Math.Min(count, size - first));
    }

    private OperationsFailureException Failure(string what, Exception? inner = null) => new($"seed {seed}, operation {_number} ({_current}): {what}", inner);
}

/// <summary>What a run did.</summary>
/// <param name="Operations">How many operations.</param>
/// <param name="Looks">How often qemu-img looked at all.</param>
/// <param name="Done">How often each operation was done.</param>
internal sealed record OperationsReport(int Operations, int Looks, IReadOnlyDictionary<string, int> Done);

/// <summary>A disk of images is not what was done with it, or an image is not sound.</summary>
internal sealed class OperationsFailureException(string message, Exception? inner = null) : Exception(message, inner);
