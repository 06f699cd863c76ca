using System.Buffers.Binary;
using KvmPS.Native;

namespace KvmPS.Core.Devices.Paravirtual;

/// <summary>
/// Requests in guest memory, 16 bytes, big-endian [fw-cfg]: what to do, with a key in its upper half; a length; an address. The word that says what
/// to do becomes the answer: 0, or 1 for an error.
/// <para>
/// GUEST-CONTROLLED: all of it. The request is copied before anything is written, so it may lie in its own destination; what is not RAM is
/// an error; and no request is longer than its item by more than <see cref="MostPadding"/>, so that none keeps its vCPU busy for long.
/// </para>
/// </summary>
public sealed partial class FwCfg
{
    /// <summary>How many zeros behind an item's end one request may ask for: a driver that does not know an item's size reads a page or so.</summary>
    public const int MostPadding = 64 << 10;

    private const int RequestSize = 16;
    private const uint Error = 1 << 0;
    private const uint ReadItem = 1 << 1;
    private const uint Skip = 1 << 2;
    private const uint Select = 1 << 3;
    private const uint WriteItem = 1 << 4;
    private const int KeyShift = 16;

    private void StartUnsynchronized(ulong address)
    {
        _dmaAddressHigh = 0;
        Span<byte> request = stackalloc byte[RequestSize];
        if (!_memory.TryLend(new GuestAddress(address), RequestSize, out GuestSpan source)) return; // And nowhere to say so.
        using (source) source.Span.CopyTo(request);

        bool done = PerformUnsynchronized(
            BinaryPrimitives.ReadUInt32BigEndian(request),
            BinaryPrimitives.ReadUInt32BigEndian(request[4..]),
            new GuestAddress(BinaryPrimitives.ReadUInt64BigEndian(request[8..])));

        if (!_memory.TryLend(new GuestAddress(address), sizeof(uint), out GuestSpan answer)) return;
        using (answer) BinaryPrimitives.WriteUInt32BigEndian(answer.Span, done ? 0 : Error);
    }

    private bool PerformUnsynchronized(uint control, uint length, GuestAddress destination)
    {
        if ((control & Select) != 0) SelectUnsynchronized((ushort)(control >> KeyShift));
        if ((control & ReadItem) != 0) return CopyUnsynchronized(length, destination);
        if ((control & WriteItem) != 0) return false;
        if ((control & Skip) != 0) _offset += (int)Math.Min(length, (uint)(_item.Length - _offset));
        return true;
    }

    private bool CopyUnsynchronized(uint length, GuestAddress destination)
    {
        if (length == 0) return true;
        if (length > (long)(_item.Length - _offset) + MostPadding || length > int.MaxValue) return false;
        if (!_memory.TryLend(destination, (int)length, out GuestSpan lease)) return false;
        using (lease) ReadItemUnsynchronized(lease.Span);
        return true;
    }
}
