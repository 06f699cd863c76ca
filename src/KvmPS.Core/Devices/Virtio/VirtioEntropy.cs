using System.Security.Cryptography;
using KvmPS.Native;

namespace KvmPS.Core.Devices.Virtio;

/// <summary>A source of random bytes [virtio-1.2 §5.4]: fills what the guest offers from the host's generator, on a thread of its own.</summary>
/// <param name="name">Its name in threads and errors.</param>
public sealed class VirtioEntropy(string name) : IVirtioDevice
{
    /// <summary>The most bytes that one request gets, however large it is: a guest gets its bytes soon and keeps no thread from stopping.</summary>
    public const int MostBytes = 64 << 10;

    private const uint EntropyDeviceId = 4;
    private const ushort QueueSize = 64;
    private const int PieceBytes = 4096;
    private const int MostAtOnce = 16; // requests, and then whoever wants the thread to stop gets a chance

    private readonly byte[] _piece = new byte[PieceBytes];
    private readonly DescriptorChain _chain = new();
    private IVirtioTransport? _transport;
    private VirtioContext? _context; // set and cleared while there is no thread
    private VirtioQueueThread? _thread;
    private bool _isBroken; // the thread's; cleared while there is none

    /// <inheritdoc/>
    public string Name => name;

    /// <inheritdoc/>
    public uint DeviceId => EntropyDeviceId;

    /// <inheritdoc/>
    public ulong Features => 0;

    /// <inheritdoc/>
    public IReadOnlyList<ushort> QueueSizes { get; } = [QueueSize];

    /// <inheritdoc/>
    public void Attach(IVirtioTransport transport) => _transport = transport;

    /// <inheritdoc/>
    public void ReadConfig(int offset, Span<byte> data)
    {
        // There is none [virtio-1.2 §5.4.4].
    }

    /// <inheritdoc/>
    public void WriteConfig(int offset, ReadOnlySpan<byte> data)
    {
        // There is none.
    }

    /// <inheritdoc/>
    public void Activate(VirtioContext context)
    {
        _context = context;
        if (context.Queues[0].IsReady) EnableQueue(context.Queues[0]);
    }

    /// <inheritdoc/>
    public void EnableQueue(Queue queue)
    {
        ArgumentNullException.ThrowIfNull(queue);
        if (_context is not { } context || _thread is not null) return;
        _isBroken = false;
        _thread = new VirtioQueueThread(VirtioQueueThread.NameOf(context, this, 0), queue.Doorbell, () => Work(queue, context.Memory), failure => _transport?.ReportFailure(failure));
    }

    /// <inheritdoc/>
    public void ResetQueue(int index)
    {
        _thread?.Dispose();
        _thread = null;
    }

    /// <inheritdoc/>
    public void Reset()
    {
        ResetQueue(0);
        _context = null;
    }

    /// <inheritdoc/>
    public void Quiesce(CancellationToken cancellation) => _thread?.Quiesce();

    /// <inheritdoc/>
    public void Resume() => _thread?.Resume();

    /// <inheritdoc/>
    public void Dispose() => Reset();

    private TimeSpan Work(Queue queue, GuestMemory memory)
    {
        if (_isBroken) return Timeout.InfiniteTimeSpan;
        queue.DisableNotifications();
        for (int budget = MostAtOnce; budget > 0;)
        {
            for (; budget > 0 && queue.TryPop(_chain); budget--)
            {
                // The driver offers room, and nothing else [virtio-1.2 §5.4.6.1].
                if (_chain.WritableLength == 0)
                {
                    _isBroken = true;
                    _transport?.Fail("a request for random bytes without room for one");
                    return Timeout.InfiniteTimeSpan;
                }

                queue.Complete(_chain, Fill(memory));
            }

            if (budget > 0 && !queue.EnableNotifications()) return Timeout.InfiniteTimeSpan;
        }

        return TimeSpan.Zero;
    }

    /// <summary>Fills the request from its beginning. GUEST-CONTROLLED: up to 4 GiB, of which it gets <see cref="MostBytes"/>.</summary>
    /// <returns>How many bytes were written.</returns>
    private uint Fill(GuestMemory memory)
    {
        uint left = Math.Min(_chain.WritableLength, MostBytes);
        uint filled = 0;
        foreach (ChainSegment segment in _chain.Writable)
        {
            for (uint at = 0; at < segment.Length && left > 0;)
            {
                // Not into the guest's RAM at once: the generator may read back what it has written, and the guest may write there meanwhile.
                Span<byte> piece = _piece.AsSpan(0, (int)Math.Min(Math.Min(segment.Length - at, left), PieceBytes));
                RandomNumberGenerator.Fill(piece);
                memory.Write(new GuestAddress(segment.Address.Value + at), piece);
                (at, left, filled) = (at + (uint)piece.Length, left - (uint)piece.Length, filled + (uint)piece.Length);
            }
        }

        CryptographicOperations.ZeroMemory(_piece);
        return filled;
    }
}
