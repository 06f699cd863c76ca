using KvmPS.Native;

namespace KvmPS.Core.Block;

/// <summary>
/// Keeps a second writer away from an image, as QEMU does and understood by it: single bytes of the file stand for what a user does and
/// for what it does not bear of others; each user holds shared locks on its bytes and looks whether others hold the opposite ones [qemu-locking].
/// </summary>
/// <remarks>
/// A writer bears neither writers nor readers; readers bear each other. The locks belong to the opening of the file and end with it, however
/// the process ends. Both sides first take theirs and then look: two that come at the same moment may both be refused, but never both let in.
/// A file system without locks refuses nobody, since such an image could not be used at all otherwise: <see cref="TryTake"/> says so.
/// </remarks>
public static class ImageLock
{
    private const long Used = 100; // and the permission's number: somebody uses it
    private const long NotShared = 200; // and the permission's number: somebody bears no other that uses it
    private const long ConsistentRead = 0;
    private const long Write = 1;
    private const long Resize = 3;
    private const long Permissions = 8;

    private static readonly long[] Unbearable = [Write, Resize]; // for a writer and for a reader

    /// <summary>Takes the locks of a use. False when the file system keeps none.</summary>
    /// <param name="file">The image; they last until it is closed.</param>
    /// <param name="forWriting">Whether the image will be written; else it is read and must not change.</param>
    /// <exception cref="ImageLockedException">Somebody else uses it in a way that does not go with this.</exception>
    /// <exception cref="HostIOException">The host refuses otherwise.</exception>
    public static bool TryTake(DiskFile file, bool forWriting)
    {
        long[] uses = forWriting ? [ConsistentRead, Write, Resize] : [ConsistentRead];
        try
        {
            foreach (long own in (long[])[.. uses.Select(static use => Used + use), .. Unbearable.Select(static use => NotShared + use)])
            {
                OfdLockResult result = file.TryLock(own, 1, exclusive: false);
                if (result == OfdLockResult.Unsupported) return false;
                if (result == OfdLockResult.Refused) throw Refusal(file, isWritten: true);
            }

            foreach (long use in uses)
            {
                // Who bears no reader at all is a writer of another kind, such as one that makes the image just now.
                if (file.FindLock(NotShared + use, 1, exclusive: true) is not null) throw Refusal(file, file.FindLock(Used + Write, 1, exclusive: true) is not null);
            }

            foreach (long use in Unbearable)
            {
                if (file.FindLock(Used + use, 1, exclusive: true) is not null) throw Refusal(file, isWritten: true);
            }

            return true;
        }
        catch
        {
            Release(file);
            throw;
        }
    }

    /// <summary>Makes a writer of a reader, who has kept others from writing until now and goes on to: there is no moment between the two.</summary>
    /// <param name="file">The image, locked by <see cref="TryTake"/>. On a file system without locks nothing happens.</param>
    /// <exception cref="ImageLockedException">Somebody else uses it; the lock stays a reader's.</exception>
    /// <exception cref="HostIOException">The host refuses otherwise.</exception>
    public static void Upgrade(DiskFile file)
    {
        try
        {
            foreach (long use in Unbearable)
            {
                OfdLockResult result = file.TryLock(Used + use, 1, exclusive: false);
                if (result == OfdLockResult.Unsupported) return;
                if (result == OfdLockResult.Refused) throw new ImageLockedException(file.Path, isWritten: false, holder: null);
            }

            foreach (long use in Unbearable)
            {
                if (file.FindLock(NotShared + use, 1, exclusive: true) is not null) throw new ImageLockedException(file.Path, isWritten: false, LockHolder.Find(file.Identity));
            }
        }
        catch
        {
            Downgrade(file);
            throw;
        }
    }

    /// <summary>Makes a reader of a writer again.</summary>
    public static void Downgrade(DiskFile file)
    {
        foreach (long use in Unbearable) file.Unlock(Used + use, 1);
    }

    /// <summary>Looks, without a lock of its own and so without being in anybody's way, whether an image is in use. Null when it is not.</summary>
    /// <exception cref="HostIOException">The host does not say.</exception>
    public static ImageUse? FindUse(DiskFile file)
    {
        if (file.FindLock(Used, Permissions, exclusive: true) is null) return null;
        return new ImageUse(file.FindLock(Used + Write, 1, exclusive: true) is not null, LockHolder.Find(file.Identity));
    }

    /// <summary>Lets go of the locks before the file is closed.</summary>
    public static void Release(DiskFile file)
    {
        file.Unlock(Used, Permissions);
        file.Unlock(NotShared, Permissions);
    }

    private static ImageLockedException Refusal(DiskFile file, bool isWritten)
    {
        Release(file); // or it would find ours
        return new ImageLockedException(file.Path, isWritten, LockHolder.Find(file.Identity));
    }
}
