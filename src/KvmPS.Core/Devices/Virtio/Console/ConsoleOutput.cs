using KvmPS.Native;

namespace KvmPS.Core.Devices.Virtio.Console;

/// <summary>What the guest sends through a port.</summary>
internal sealed class ConsoleOutput(ConsolePort port, Queue queue, GuestMemory memory, IVirtioTransport transport) : ConsoleQueue(queue, memory, transport)
{
    private const uint MostBytes = 16 << 20; // of a request: no driver sends that much at once, and a thread that copies cannot stop
    private const int PieceBytes = 32 << 10;

    private readonly byte[] _piece = new byte[PieceBytes];

    /// <inheritdoc/>
    protected override bool HasWork => true;

    /// <inheritdoc/>
    protected override string? CarryOut(DescriptorChain chain, out uint written)
    {
        written = 0;
        if (chain.ReadableLength > MostBytes) return "a console request of more than 16 MiB";
        foreach (ChainSegment segment in chain.Readable)
        {
            for (uint at = 0; at < segment.Length;)
            {
                // A copy first: those who look at the bytes look more than once, and the guest may write meanwhile.
                Span<byte> piece = _piece.AsSpan(0, (int)Math.Min(segment.Length - at, PieceBytes));
                Memory.Read(new GuestAddress(segment.Address.Value + at), piece);
                port.Write(piece);
                at += (uint)piece.Length;
            }
        }

        return null;
    }
}
