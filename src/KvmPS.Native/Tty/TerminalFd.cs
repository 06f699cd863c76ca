using System.Runtime.InteropServices;
using KvmPS.Native.Interop;

namespace KvmPS.Native;

/// <summary>
/// The controlling terminal, opened anew: reads and writes of this descriptor do not wait, while those of the standard streams, which other
/// programs share, go on as they are. Every call is one system call; what they mean together is <see cref="RawTerminal"/>'s business.
/// </summary>
internal sealed class TerminalFd : KernelFd
{
    private const string Path = "/dev/tty";

    private TerminalFd(int descriptor)
        : base(descriptor)
    {
    }

    /// <summary>Opens it.</summary>
    /// <exception cref="NoTerminalException">This process has none.</exception>
    public static TerminalFd Open()
    {
        int descriptor = Libc.open(Path, Libc.O_RDWR | Libc.O_NOCTTY | Libc.O_NONBLOCK | Libc.O_CLOEXEC, 0);
        if (descriptor == -1) throw new NoTerminalException($"{Path} cannot be opened: {Marshal.GetLastPInvokeErrorMessage()}.");
        return new TerminalFd(descriptor);
    }

    /// <summary>The settings. To be called, as all of these, while nobody disposes the handle. False when the terminal is gone.</summary>
    public bool TryGetSettings(out termios settings) => Libc.tcgetattr(Number, out settings) == 0;

    /// <summary>Changes the settings at once. False when the terminal is gone.</summary>
    public bool TrySetSettings(in termios settings)
    {
        int result;
        do result = Libc.tcsetattr(Number, Libc.TCSANOW, in settings);
        while (result == -1 && Marshal.GetLastPInvokeError() == Errno.EINTR);
        return result == 0;
    }

    /// <summary>Whether the terminal is this process's to change: a job in the background has handed it back, and would be stopped for trying.</summary>
    public bool IsInForeground() => Libc.tcgetpgrp(Number) is var group && (group == -1 || group == Libc.getpgrp());

    /// <summary>The size of the window.</summary>
    public unsafe TerminalSize GetSize()
    {
        winsize size;
        // SAFETY: the kernel writes one winsize to the local.
        return Libc.ioctl(Number, Libc.TIOCGWINSZ, (nint)(&size)) == 0 ? new TerminalSize(size.ws_row, size.ws_col) : default;
    }

    /// <summary>Waits until a read or a write would do something, if only say that the terminal is gone.</summary>
    /// <param name="events"><c>POLLIN</c> or <c>POLLOUT</c>.</param>
    /// <param name="wake">Ends the wait when its count is not zero; it is left as it is.</param>
    /// <param name="milliseconds">How long at most; -1 for ever.</param>
    /// <returns>False when the time is over, and when woken before.</returns>
    public unsafe bool Wait(short events, EventFd wake, int milliseconds)
    {
        bool held = false;
        try
        {
            wake.DangerousAddRef(ref held);
            // SAFETY: two descriptors on the stack, the number the kernel is told.
            pollfd* polled = stackalloc pollfd[2];
            polled[0] = new pollfd { fd = Number, events = events };
            polled[1] = new pollfd { fd = (int)wake.DangerousGetHandle(), events = Libc.POLLIN };
            return Libc.poll(polled, 2, milliseconds) > 0 && polled[0].revents != 0;
        }
        finally
        {
            if (held) wake.DangerousRelease();
        }
    }

    /// <summary>Reads what was typed.</summary>
    /// <returns>How many bytes; null when there are none at present, 0 when the terminal is gone.</returns>
    public unsafe int? Read(Span<byte> destination)
    {
        // SAFETY: the kernel writes at most the length of the pinned span.
        fixed (byte* buffer = destination)
        {
            nint count = Libc.read(Number, buffer, (nuint)destination.Length);
            return count >= 0 ? (int)count : IsTransient() ? null : 0;
        }
    }

    /// <summary>Writes as much as the terminal takes now.</summary>
    /// <returns>How many bytes; null when the terminal is gone.</returns>
    public unsafe int? Write(ReadOnlySpan<byte> bytes)
    {
        // SAFETY: the kernel reads at most the length of the pinned span.
        fixed (byte* buffer = bytes)
        {
            nint count = Libc.write(Number, buffer, (nuint)bytes.Length);
            return count >= 0 ? (int)count : IsTransient() ? 0 : null;
        }
    }

    private static bool IsTransient() => Marshal.GetLastPInvokeError() is Errno.EAGAIN or Errno.EINTR;
}
