namespace KvmPS.Core.Devices.Virtio.Console;

/// <summary>One port of a console device: what connects its queues with the host's end.</summary>
/// <remarks>LOCK ORDER: the locks in here are beside each other. That of the output before the host's end, that of the window before the transport's.</remarks>
/// <param name="name">Its name in the guest: <c>/dev/virtio-ports/&lt;name&gt;</c>.</param>
/// <param name="sink">Where the guest's bytes go.</param>
/// <param name="source">Where bytes for the guest come from.</param>
public sealed class ConsolePort(string name, ISerialSink sink, ISerialSource source) : ISerialReceiver
{
    private readonly Lock _outputLock = new(); // a guest has two ways to write: a queue, and the configuration space
    private readonly Lock _wakeLock = new();
    private readonly Lock _windowLock = new();
    private Action? _wake; // guarded by _wakeLock
    private Action<int, int>? _resize; // guarded by _windowLock
    private volatile bool _isOpen;

    /// <summary>Its name.</summary>
    public string Name => name;

    /// <summary>Whether somebody in the guest reads it: what was sent to a closed port would be lost there.</summary>
    internal bool IsOpen
    {
        get => _isOpen;
        set
        {
            _isOpen = value;
            if (value) InputAvailable();
        }
    }

    /// <summary>Whether there is input. Once true, <see cref="Take"/> gives some, unless the machine has ended.</summary>
    internal bool HasInput => source.HasInput;

    /// <inheritdoc/>
    public void InputAvailable()
    {
        lock (_wakeLock) _wake?.Invoke();
    }

    /// <inheritdoc/>
    public void SendBreak()
    {
        // A virtio port has none.
    }

    /// <inheritdoc/>
    public void WindowChanged(int columns, int rows)
    {
        lock (_windowLock) _resize?.Invoke(columns, rows);
    }

    /// <summary>Who is to be told of input; null for nobody. On return the one before is not told any more.</summary>
    internal void OnInput(Action? wake)
    {
        lock (_wakeLock) _wake = wake;
    }

    /// <summary>Who is to be told of the window's size; null for nobody. On return the one before is not told any more.</summary>
    internal void OnResize(Action<int, int>? resize)
    {
        lock (_windowLock) _resize = resize;
    }

    /// <summary>The guest sent bytes, which are ours: it cannot change them any more.</summary>
    internal void Write(ReadOnlySpan<byte> bytes)
    {
        lock (_outputLock) sink.Write(bytes);
    }

    /// <summary>Takes the next bytes for the guest.</summary>
    internal int Take(Span<byte> destination) => source.Take(destination);
}
