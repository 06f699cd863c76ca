using KvmPS.Core.Host;
using KvmPS.Native;
using KvmPS.Native.Interop;

namespace KvmPS.Core.Block.Files;

/// <summary>
/// A file in the making: it has a name of its own beside the one that it is for until it is whole, so that nobody ever finds a part of it
/// under that. What is disposed without <see cref="Commit"/> is deleted.
/// </summary>
public sealed class NewFile : IDisposable
{
    private readonly DiskFile? _replaced; // holds the lock on the old file, so that nobody's disk is taken away
    private bool _isDone;

    private NewFile(string path, string partialPath, DiskFile? replaced)
    {
        Path = path;
        PartialPath = partialPath;
        _replaced = replaced;
    }

    /// <summary>The full path that the file is for.</summary>
    public string Path { get; }

    /// <summary>Where it is until then, in the same folder.</summary>
    public string PartialPath { get; }

    /// <summary>Whether a file gives way to it, whose owner, group and mode it has.</summary>
    public bool Replaces => _replaced is not null;

    /// <summary>Begins a file.</summary>
    /// <param name="path">The path that it is for.</param>
    /// <param name="replace">Whether a file that is there gives way, if nobody uses it. A link stays, and the file that it leads to gives way.</param>
    /// <exception cref="FileTakenException">There is one, and it may not be replaced.</exception>
    /// <exception cref="ImageLockedException">There is one, and somebody uses it.</exception>
    /// <exception cref="IOException">What is there is no regular file; or the folder is missing or refuses.</exception>
    public static NewFile Begin(string path, bool replace)
    {
        path = System.IO.Path.GetFullPath(path);
        if (Directory.Exists(path)) throw new FileTakenException(path, isFolder: true);
        SpecialFile.Refuse(path);
        if (new FileInfo(path).LinkTarget is not null) path = File.ResolveLinkTarget(path, returnFinalTarget: true)!.FullName;
        DiskFile? replaced = null;
        if (File.Exists(path))
        {
            if (!replace) throw new FileTakenException(path, isFolder: false);
            replaced = DiskFile.Open(path, DiskFileModes.Write);
        }

        try
        {
            if (replaced is not null) ImageLock.TryTake(replaced, forWriting: true);
            return new NewFile(path, Make(path, replaced), replaced);
        }
        catch
        {
            replaced?.Dispose();
            throw;
        }
    }

    /// <summary>Begins a file that is of use only on the way to another, and never gets its name.</summary>
    /// <exception cref="IOException">The folder is missing or refuses.</exception>
    public static NewFile Scratch(string path)
    {
        path = System.IO.Path.GetFullPath(path);
        return new NewFile(path, Make(path, replaced: null), null);
    }

    /// <summary>Opens the file for writing.</summary>
    /// <exception cref="HostIOException">The host refuses.</exception>
    public HostImageFile Open() => new(DiskFile.Open(PartialPath, DiskFileModes.Write));

    /// <summary>Writes all that the file is to hold, and flushes it.</summary>
    /// <exception cref="HostIOException">The host refuses.</exception>
    public void Write(ReadOnlySpan<byte> content)
    {
        using HostImageFile file = Open();
        file.Write(0, content);
        file.Flush();
    }

    /// <summary>Gives the file its name. It is whole, closed, and flushed if that matters.</summary>
    /// <exception cref="FileTakenException">Somebody else made a file of that name meanwhile.</exception>
    /// <exception cref="IOException">The host refuses.</exception>
    public void Commit()
    {
        try
        {
            File.Move(PartialPath, Path, overwrite: _replaced is not null);
        }
        catch (IOException) when (_replaced is null && File.Exists(Path))
        {
            throw new FileTakenException(Path, isFolder: false);
        }

        _isDone = true;
    }

    /// <summary>Deletes the file unless it has got its name.</summary>
    public void Dispose()
    {
        _replaced?.Dispose();
        if (_isDone) return;
        _isDone = true;
        File.Delete(PartialPath);
    }

    private static string Make(string path, DiskFile? replaced)
    {
        string suffix = $".{Guid.NewGuid():N}.partial";
        string name = FileNames.Append(System.IO.Path.GetFileName(path), suffix);
        string partial = System.IO.Path.Combine(System.IO.Path.GetDirectoryName(path)!, name);
        using DiskFile file = MakeEmpty(partial);
        try
        {
            if (replaced is not null) file.TakeOwnershipFrom(replaced);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }

        return partial;
    }

    /// <summary>A folder that is not there is told as such: nobody knows the name of the file in the making.</summary>
    private static DiskFile MakeEmpty(string partial)
    {
        try
        {
            return DiskFile.Open(partial, DiskFileModes.Write | DiskFileModes.Create);
        }
        catch (HostIOException missing) when (missing.Errno is Errno.ENOENT or Errno.ENOTDIR)
        {
            throw new DirectoryNotFoundException($"There is no folder '{System.IO.Path.GetDirectoryName(partial)}'.", missing);
        }
    }
}
