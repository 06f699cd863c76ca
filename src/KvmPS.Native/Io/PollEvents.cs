using KvmPS.Native.Interop;

namespace KvmPS.Native;

/// <summary>What a file can be ready for.</summary>
[Flags]
public enum PollEvents : uint
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>A read would not wait.</summary>
    Readable = Libc.EPOLLIN,

    /// <summary>A write would not wait.</summary>
    Writable = Libc.EPOLLOUT,

    /// <summary>The file has an error; told whether asked for or not.</summary>
    Error = Libc.EPOLLERR,

    /// <summary>The other end is gone; told whether asked for or not.</summary>
    HangUp = Libc.EPOLLHUP,
}

/// <summary>A file that is ready, by what its owner called it.</summary>
/// <param name="State">What was given to <see cref="Poller.Add"/>.</param>
/// <param name="Events">What the file is ready for.</param>
public readonly record struct PollReady(object State, PollEvents Events);
