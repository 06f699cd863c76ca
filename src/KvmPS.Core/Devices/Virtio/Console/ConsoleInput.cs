using KvmPS.Native;

namespace KvmPS.Core.Devices.Virtio.Console;

/// <summary>
/// What the guest receives through a port. A buffer of the guest's is taken only when there are bytes for it, and bytes only when there is a buffer: what the
/// guest has no room for stays with the host.
/// </summary>
internal sealed class ConsoleInput : ConsoleQueue
{
    private const int PieceBytes = 32 << 10;

    private readonly byte[] _piece = new byte[PieceBytes];
    private readonly ConsolePort _port;

    /// <summary>Work that has not begun.</summary>
    public ConsoleInput(ConsolePort port, Queue queue, GuestMemory memory, IVirtioTransport transport)
        : base(queue, memory, transport)
    {
        _port = port;
        port.OnInput(Wake);
    }

    /// <inheritdoc/>
    protected override bool HasWork => _port.IsOpen && _port.HasInput;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _port.OnInput(null); // before the bell goes
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override string? CarryOut(DescriptorChain chain, out uint written)
    {
        written = 0;
        if (chain.WritableLength == 0) return "a buffer for console input without room";
        int count = _port.Take(_piece.AsSpan(0, (int)Math.Min(chain.WritableLength, PieceBytes)));
        ChainBytes.Write(Memory, chain, _piece.AsSpan(0, count));
        written = (uint)count;
        return null;
    }
}
