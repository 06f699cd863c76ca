using KvmPS.Native;
using KvmPS.Tests.Block;
using Xunit;

namespace KvmPS.Tests.Native;

/// <summary>Locks between two openings of a file in one process.</summary>
public sealed class DiskFileLockTests : IDisposable
{
    private readonly TestFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    [Fact]
    public void Shared_locks_go_together_and_an_exclusive_one_goes_alone()
    {
        using DiskFile a = Open();
        using DiskFile b = Open();
        Assert.Equal(OfdLockResult.Taken, a.TryLock(100, 2, exclusive: false));
        Assert.Equal(OfdLockResult.Taken, b.TryLock(101, 1, exclusive: false));
        Assert.Equal(OfdLockResult.Refused, b.TryLock(100, 1, exclusive: true));
        Assert.Equal(OfdLockResult.Taken, b.TryLock(102, 1, exclusive: true));
        Assert.Null(b.FindLock(100, 1, exclusive: false));
        Assert.Equal(new OfdLock(100, 2, false, -1), b.FindLock(100, 1, exclusive: true));
        Assert.Equal(new OfdLock(102, 1, true, -1), a.FindLock(102, 1, exclusive: false));
        Assert.Null(a.FindLock(103, 10, exclusive: true));
    }

    [Fact]
    public void Lock_ends_when_it_is_let_go_or_its_opening_is_closed_and_not_with_another()
    {
        using DiskFile a = Open();
        using DiskFile b = Open();
        Assert.Equal(OfdLockResult.Taken, a.TryLock(0, 10, exclusive: true));
        Open().Dispose();
        Assert.Equal(OfdLockResult.Refused, b.TryLock(5, 1, exclusive: false));
        a.Unlock(0, 10);
        Assert.Equal(OfdLockResult.Taken, b.TryLock(5, 1, exclusive: true));
        b.Dispose();
        Assert.Equal(OfdLockResult.Taken, a.TryLock(5, 1, exclusive: true));
    }

    [Fact]
    public void Impossible_locks_are_errors()
    {
        using DiskFile reader = DiskFile.Open(_folder.Sparse("other", 1), DiskFileModes.None);
        Assert.Equal("EBADF", Assert.Throws<HostIOException>(() => reader.TryLock(0, 1, exclusive: true)).ErrnoName);
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.TryLock(-1, 1, exclusive: false));
        Assert.Throws<ArgumentOutOfRangeException>(() => reader.TryLock(0, -1, exclusive: false));
    }

    private DiskFile Open()
    {
        if (!File.Exists(_folder["disk"])) _folder.Sparse("disk", 1);
        return DiskFile.Open(_folder["disk"], DiskFileModes.Write);
    }
}
