using System.Buffers.Binary;

namespace KvmPS.Core.Devices.Virtio.Console;

/// <summary>
/// A console [virtio-1.2 §5.3]: the first port is the guest's terminal, and each other one a channel with a name. Each direction of each port has a queue and
/// a thread, so that no port waits for another.
/// </summary>
/// <remarks>
/// A console without other ports does not offer <see cref="ConsoleFeature.MultiPort"/>: then there is nothing to agree on before the first character.
/// LOCK ORDER: the transport's locks, <see cref="_gate"/>, the leaves of ports and messages. Threads of the device never take <see cref="_gate"/>.
/// </remarks>
public sealed class VirtioConsole : IVirtioDevice
{
    private const uint ConsoleDeviceId = 3;
    private const int Columns = 0;
    private const int Rows = 2;
    private const int MaxPorts = 4;
    private const int EmergencyWrite = 8;
    private const int ConfigBytes = 12;
    private const int ControlReceive = 2; // the numbers of queues; ports have even ones to receive and odd ones to send
    private const int ControlTransmit = 3;
    private const ushort PortQueueSize = 64;

    private readonly Lock _gate = new();
    private readonly IReadOnlyList<ConsolePort> _ports;
    private readonly ConsoleControl _control;
    private readonly ConsoleQueue?[] _queues; // guarded by _gate
    private readonly byte[] _config = new byte[ConfigBytes]; // guarded by the transport's lock of the configuration space
    private IVirtioTransport _transport = null!;
    private VirtioContext? _context; // guarded by _gate

    /// <summary>A console without a driver.</summary>
    /// <param name="name">Its name in threads and errors.</param>
    /// <param name="ports">The terminal, and the channels.</param>
    public VirtioConsole(string name, IReadOnlyList<ConsolePort> ports)
    {
        ArgumentNullException.ThrowIfNull(ports);
        ArgumentOutOfRangeException.ThrowIfZero(ports.Count, nameof(ports));
        (Name, _ports) = (name, ports);
        bool hasChannels = ports.Count > 1;
        Features = ConsoleFeature.Size | ConsoleFeature.EmergencyWrite | (hasChannels ? ConsoleFeature.MultiPort : 0);
        QueueSizes = [.. Enumerable.Repeat(PortQueueSize, hasChannels ? 2 * (ports.Count + 1) : 2)];
        _queues = new ConsoleQueue?[QueueSizes.Count];
        _control = new ConsoleControl(ports);
        BinaryPrimitives.WriteUInt32LittleEndian(_config.AsSpan(MaxPorts), (uint)ports.Count);
    }

    /// <inheritdoc/>
    public string Name { get; }

    /// <inheritdoc/>
    public uint DeviceId => ConsoleDeviceId;

    /// <inheritdoc/>
    public ulong Features { get; }

    /// <inheritdoc/>
    public IReadOnlyList<ushort> QueueSizes { get; }

    /// <inheritdoc/>
    public void Attach(IVirtioTransport transport)
    {
        _transport = transport;
        _ports[0].OnResize(Resize);
    }

    /// <inheritdoc/>
    public void ReadConfig(int offset, Span<byte> data)
    {
        data.Clear();
        if (offset < 0 || offset >= ConfigBytes) return;
        ReadOnlySpan<byte> rest = _config.AsSpan(offset);
        rest[..Math.Min(rest.Length, data.Length)].CopyTo(data);
    }

    /// <inheritdoc/>
    public void WriteConfig(int offset, ReadOnlySpan<byte> data)
    {
        // The lowest byte of the field is the character; it works in every state of the device [virtio-1.2 §5.3.4].
        if (offset <= EmergencyWrite && EmergencyWrite - offset < data.Length) _ports[0].Write(data.Slice(EmergencyWrite - offset, 1));
    }

    /// <inheritdoc/>
    public void Activate(VirtioContext context)
    {
        lock (_gate)
        {
            _context = context;
            foreach (Queue queue in context.Queues)
                if (queue.IsReady) BeginUnsynchronized(queue);
            if (!context.Has(ConsoleFeature.MultiPort)) _ports[0].IsOpen = true; // nobody will say so
        }
    }

    /// <inheritdoc/>
    public void EnableQueue(Queue queue)
    {
        lock (_gate) BeginUnsynchronized(queue);
    }

    /// <inheritdoc/>
    public void ResetQueue(int index)
    {
        lock (_gate) EndUnsynchronized(index);
    }

    /// <inheritdoc/>
    public void Reset()
    {
        lock (_gate)
        {
            for (int i = 0; i < _queues.Length; i++) EndUnsynchronized(i);
            _context = null;
        }

        _control.Reset();
        foreach (ConsolePort port in _ports) port.IsOpen = false;
    }

    /// <inheritdoc/>
    public void Quiesce(CancellationToken cancellation)
    {
        lock (_gate)
        {
            foreach (ConsoleQueue? queue in _queues) queue?.Quiesce();
        }
    }

    /// <inheritdoc/>
    public void Resume()
    {
        lock (_gate)
        {
            foreach (ConsoleQueue? queue in _queues) queue?.Resume();
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _ports[0].OnResize(null);
        Reset();
    }

    private void BeginUnsynchronized(Queue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        if (_context is not { } context || _queues[queue.Index] is not null) return;
        if (queue.Index >= ControlReceive && !context.Has(ConsoleFeature.MultiPort)) return; // there is none, for this driver
        ConsoleQueue work = queue.Index switch
        {
            ControlReceive => new ControlInput(_control, queue, context.Memory, _transport),
            ControlTransmit => new ControlOutput(_control, queue, context.Memory, _transport),
            _ when queue.Index % 2 == 0 => new ConsoleInput(PortOf(queue), queue, context.Memory, _transport),
            _ => new ConsoleOutput(PortOf(queue), queue, context.Memory, _transport),
        };
        _queues[queue.Index] = work;
        work.Start(VirtioQueueThread.NameOf(context, this, queue.Index));
    }

    private void EndUnsynchronized(int index)
    {
        _queues[index]?.Dispose();
        _queues[index] = null;
    }

    /// <summary>The queues of the messages stand between those of the first port and of the second.</summary>
    private ConsolePort PortOf(Queue queue) => _ports[queue.Index < ControlReceive ? 0 : (queue.Index / 2) - 1];

    private void Resize(int columns, int rows)
    {
        _transport.ChangeConfig(() =>
        {
            BinaryPrimitives.WriteUInt16LittleEndian(_config.AsSpan(Columns), (ushort)columns);
            BinaryPrimitives.WriteUInt16LittleEndian(_config.AsSpan(Rows), (ushort)rows);
        });
        _control.Resize(columns, rows);
    }
}
