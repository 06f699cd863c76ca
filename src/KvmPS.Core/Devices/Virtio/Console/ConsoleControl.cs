using System.Buffers.Binary;
using System.Text;

namespace KvmPS.Core.Devices.Virtio.Console;

/// <summary>
/// What driver and device tell each other about the ports [virtio-1.2 §5.3.6.2]. The device answers each thing once, whatever the driver repeats, so that
/// what waits for the driver is bounded.
/// </summary>
/// <remarks>LOCK ORDER: the lock in here is a leaf; who sends messages is woken without it.</remarks>
/// <param name="ports">The ports; the first is the console.</param>
internal sealed class ConsoleControl(IReadOnlyList<ConsolePort> ports)
{
    private readonly Lock _lock = new();
    private readonly Queue<ControlMessage> _messages = new();
    private readonly bool[] _isReady = new bool[ports.Count];
    private readonly bool[] _isTold = new bool[ports.Count]; // what there is to know of it: once is enough
    private bool _isDeviceReady;
    private bool _resizePending;
    private (int Columns, int Rows) _window;
    private Action? _wake; // guarded by _lock, called under it: it rings a bell

    /// <summary>Whether a message waits for the driver.</summary>
    public bool HasMessages
    {
        get { lock (_lock) return _messages.Count > 0 || _resizePending; }
    }

    /// <summary>Who is to be told of messages; null for nobody.</summary>
    public void OnMessage(Action? wake)
    {
        lock (_lock) _wake = wake;
    }

    /// <summary>Forgets what a driver said.</summary>
    public void Reset()
    {
        lock (_lock)
        {
            _messages.Clear();
            Array.Clear(_isReady);
            Array.Clear(_isTold);
            (_isDeviceReady, _resizePending) = (false, false);
        }
    }

    /// <summary>The next message.</summary>
    public bool TryTake(out ControlMessage message)
    {
        lock (_lock)
        {
            if (_messages.TryDequeue(out message)) return true;
            if (!_resizePending) return false;
            _resizePending = false;
            message = new ControlMessage(0, ConsoleEvent.Resize, 0) { Rest = WindowBytesUnsynchronized() };
            return true;
        }
    }

    /// <summary>The window has another size: the newest is told, however many there were.</summary>
    public void Resize(int columns, int rows)
    {
        lock (_lock)
        {
            _window = (columns, rows);
            _resizePending = _isReady[0];
            if (_resizePending) _wake?.Invoke();
        }
    }

    /// <summary>The driver says something. GUEST-CONTROLLED: what makes no sense is ignored.</summary>
    public void Handle(ControlMessage message)
    {
        bool? isOpen = null;
        lock (_lock)
        {
            if (message.Event == ConsoleEvent.DeviceReady)
            {
                if (message.Value == 1) AddPortsUnsynchronized();
            }
            else if (_isDeviceReady && message.Port < (uint)ports.Count)
            {
                int port = (int)message.Port;
                if (message.Event == ConsoleEvent.PortReady) isOpen = SetReadyUnsynchronized(port, message.Value == 1);
                else if (message.Event == ConsoleEvent.PortOpen && _isReady[port]) isOpen = message.Value != 0;
            }

            if (_messages.Count > 0 || _resizePending) _wake?.Invoke();
        }

        if (isOpen is { } open) ports[(int)message.Port].IsOpen = open;
    }

    private void AddPortsUnsynchronized()
    {
        if (_isDeviceReady) return;
        _isDeviceReady = true;
        for (uint port = 0; port < ports.Count; port++) _messages.Enqueue(new ControlMessage(port, ConsoleEvent.PortAdd, 1));
    }

    /// <summary>What is to be known of a port once the driver has it. Returns false when it is closed now, and null when nothing changes.</summary>
    private bool? SetReadyUnsynchronized(int port, bool isReady)
    {
        if (!isReady) return _isReady[port] = false; // and closed with it
        _isReady[port] = true;
        if (_isTold[port]) return null;
        _isTold[port] = true;
        if (port == 0)
        {
            _messages.Enqueue(new ControlMessage(0, ConsoleEvent.ConsolePort, 1));
            _resizePending = _window != default;
        }
        else
        {
            _messages.Enqueue(new ControlMessage((uint)port, ConsoleEvent.PortName, 1) { Rest = Encoding.UTF8.GetBytes(ports[port].Name) });
        }

        // The host's end is always there.
        _messages.Enqueue(new ControlMessage((uint)port, ConsoleEvent.PortOpen, 1));
        return null;
    }

    /// <summary>
    /// struct virtio_console_resize, columns first [virtio-1.2 §5.3.6.2]. Linux before 6.15, and stable lines of before 2026, read rows first. With one port
    /// alone it does not come to that: a driver that has not taken MULTIPORT reads the configuration space, and one that has looks at this message alone.
    /// </summary>
    private byte[] WindowBytesUnsynchronized()
    {
        byte[] bytes = new byte[2 * sizeof(ushort)];
        BinaryPrimitives.WriteUInt16LittleEndian(bytes, (ushort)_window.Columns);
        BinaryPrimitives.WriteUInt16LittleEndian(bytes.AsSpan(sizeof(ushort)), (ushort)_window.Rows);
        return bytes;
    }
}
