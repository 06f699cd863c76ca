using KvmPS.Core.Devices.Virtio;
using KvmPS.Native;

namespace KvmPS.Stress.Virtio;

/// <summary>
/// The simplest virtio device: copies what a request has for it to where the request wants something written. It works when its owner says so, or by itself on
/// a thread for each queue.
/// </summary>
/// <param name="isThreaded">Whether it works by itself.</param>
/// <param name="queueSizes">The most entries of each queue.</param>
internal sealed class EchoDevice(bool isThreaded, params ushort[] queueSizes) : IVirtioDevice
{
    /// <summary>A feature of its own.</summary>
    public const ulong Base = 1;

    /// <summary>One that needs <see cref="Base"/>.</summary>
    public const ulong Dependent = 2;

    private readonly byte[] _config = [1, 2, 3, 4, 5, 6, 7, 8];
    private readonly DescriptorChain _chain = new();
    private readonly VirtioQueueThread?[] _threads = new VirtioQueueThread?[queueSizes.Length];
    private IVirtioTransport _transport = null!;

    /// <inheritdoc/>
    public string Name => "echo0";

    /// <inheritdoc/>
    public uint DeviceId => 42;

    /// <inheritdoc/>
    public ulong Features => Base | Dependent;

    /// <inheritdoc/>
    public IReadOnlyList<FeatureDependency> FeatureDependencies { get; } = [new(Dependent, Base)];

    /// <inheritdoc/>
    public IReadOnlyList<ushort> QueueSizes => queueSizes;

    /// <summary>What it was activated with; null while it is not.</summary>
    public VirtioContext? Context { get; private set; }

    /// <summary>Thrown by the next activation.</summary>
    public Exception? Obstacle { get; set; }

    /// <summary>How often it was reset.</summary>
    public int Resets { get; private set; }

    /// <summary>Which queues were reset alone, and enabled again.</summary>
    public List<string> QueueChanges { get; } = [];

    /// <inheritdoc/>
    public void Attach(IVirtioTransport transport) => _transport = transport;

    /// <inheritdoc/>
    public void ReadConfig(int offset, Span<byte> data)
    {
        if (offset < _config.Length) _config.AsSpan(offset, Math.Min(data.Length, _config.Length - offset)).CopyTo(data);
    }

    /// <inheritdoc/>
    public void WriteConfig(int offset, ReadOnlySpan<byte> data)
    {
        // Nothing of it is writable.
    }

    /// <summary>Changes its configuration.</summary>
    public void ChangeConfig(byte value) => _transport.ChangeConfig(() => _config.AsSpan().Fill(value));

    /// <inheritdoc/>
    public void Activate(VirtioContext context)
    {
        if (Obstacle is { } obstacle) throw obstacle;
        Context = context;
        foreach (Queue queue in context.Queues)
            if (queue.IsReady) Begin(queue);
    }

    /// <inheritdoc/>
    public void Reset()
    {
        Resets++;
        for (int i = 0; i < _threads.Length; i++) End(i);
        Context = null;
    }

    /// <inheritdoc/>
    public void ResetQueue(int index)
    {
        QueueChanges.Add($"-{index}");
        End(index);
    }

    /// <inheritdoc/>
    public void EnableQueue(Queue queue)
    {
        QueueChanges.Add($"+{queue.Index}");
        Begin(queue);
    }

    /// <summary>Called when it is to stand still, before it does.</summary>
    public Action<CancellationToken>? Quiescing { get; set; }

    /// <summary>Whether it stands still.</summary>
    public bool IsQuiesced { get; private set; }

    /// <inheritdoc/>
    public void Quiesce(CancellationToken cancellation)
    {
        Quiescing?.Invoke(cancellation);
        foreach (VirtioQueueThread? thread in _threads) thread?.Quiesce();
        IsQuiesced = true;
    }

    /// <inheritdoc/>
    public void Resume()
    {
        IsQuiesced = false;
        foreach (VirtioQueueThread? thread in _threads) thread?.Resume();
    }

    /// <inheritdoc/>
    public void Dispose() => Reset();

    /// <summary>Does the work of all queues, for an owner who does it by hand.</summary>
    public void Work()
    {
        if (Context is null) return;
        foreach (Queue queue in Context.Queues) Work(queue, _chain);
    }

    private void Begin(Queue queue)
    {
        if (!isThreaded) return;
        var chain = new DescriptorChain();
        _threads[queue.Index] = new VirtioQueueThread(VirtioQueueThread.NameOf(Context!, this, queue.Index), queue.Doorbell, () => Work(queue, chain), _transport.ReportFailure);
    }

    private void End(int queue)
    {
        _threads[queue]?.Dispose();
        _threads[queue] = null;
    }

    private TimeSpan Work(Queue queue, DescriptorChain chain)
    {
        GuestMemory memory = Context!.Memory;
        do
        {
            queue.DisableNotifications();
            while (queue.TryPop(chain)) queue.Complete(chain, Echo(memory, chain));
        }
        while (queue.EnableNotifications());
        return Timeout.InfiniteTimeSpan;
    }

    private static uint Echo(GuestMemory memory, DescriptorChain chain)
    {
        if (chain.Readable.IsEmpty || chain.Writable.IsEmpty) return 0;
        int bytes = (int)Math.Min(64, Math.Min(chain.Readable[0].Length, chain.Writable[0].Length));
        Span<byte> copy = stackalloc byte[bytes];
        memory.Read(chain.Readable[0].Address, copy);
        memory.Write(chain.Writable[0].Address, copy);
        return (uint)bytes;
    }
}
