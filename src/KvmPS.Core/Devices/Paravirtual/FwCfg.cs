using System.Buffers.Binary;
using KvmPS.Native;

namespace KvmPS.Core.Devices.Paravirtual;

/// <summary>What a <see cref="FwCfg"/> remembers.</summary>
/// <param name="Selector">The key that was selected.</param>
/// <param name="Offset">How many bytes of its item were read.</param>
/// <param name="DmaAddressHigh">The upper half of the address of the next request, until its lower half comes.</param>
public sealed record FwCfgState(ushort Selector, int Offset, uint DmaAddressHigh);

/// <summary>
/// The firmware configuration device [fw-cfg], read-only: a 16-bit selector at offset 0, a byte of data at offset 1, and the big-endian address of a
/// DMA request at offset 4, whose lower half starts it. Behind an item's end come zeros; an item that is not there is empty.
/// This part answers accesses; requests have a part of their own.
/// LOCK ORDER: a leaf.
/// </summary>
public sealed partial class FwCfg : IRepeatBusDevice
{
    /// <summary>The number of ports.</summary>
    public const int PortCount = 12;

    private const ulong SelectorOffset = 0;
    private const ulong DataOffset = 1;
    private const ulong DmaOffset = 4;
    private const ulong DmaLowOffset = 8;

    private static readonly FwCfgState PowerOn = new(FwCfgKey.Signature, 0, 0);

    private readonly Lock _lock = new();
    private readonly FwCfgItems _items;
    private readonly GuestMemory _memory;
    private ushort _selector;
    private ReadOnlyMemory<byte> _item;
    private int _offset; // INVARIANT: inside the item, or at its end.
    private uint _dmaAddressHigh;

    /// <summary>A device that tells some items.</summary>
    /// <param name="items">What it tells.</param>
    /// <param name="memory">Where requests are, and what they fill.</param>
    public FwCfg(FwCfgItems items, GuestMemory memory)
    {
        _items = items;
        _memory = memory;
        Restore(PowerOn);
    }

    /// <inheritdoc/>
    public string Name => "fw-cfg";

    private static ReadOnlySpan<byte> DmaSignature => "QEMU CFG"u8;

    /// <inheritdoc/>
    public void Read(ulong offset, Span<byte> data)
    {
        lock (_lock)
        {
            for (int i = 0; i < data.Length; i++)
            {
                ulong at = offset + (ulong)i;
                if (at == DataOffset) ReadItemUnsynchronized(data.Slice(i, 1));
                else data[i] = at is >= DmaOffset and < PortCount ? DmaSignature[(int)(at - DmaOffset)] : (byte)0xFF;
            }
        }
    }

    /// <inheritdoc/>
    public void Write(ulong offset, ReadOnlySpan<byte> data)
    {
        lock (_lock)
        {
            switch (offset, data.Length)
            {
                case (SelectorOffset, sizeof(ushort)): SelectUnsynchronized(BinaryPrimitives.ReadUInt16LittleEndian(data)); break;
                case (DmaOffset, sizeof(uint)): _dmaAddressHigh = BinaryPrimitives.ReadUInt32BigEndian(data); break;
                case (DmaLowOffset, sizeof(uint)): StartUnsynchronized(((ulong)_dmaAddressHigh << 32) | BinaryPrimitives.ReadUInt32BigEndian(data)); break;
                case (DmaOffset, sizeof(ulong)): StartUnsynchronized(BinaryPrimitives.ReadUInt64BigEndian(data)); break;
            }
        }
    }

    /// <inheritdoc/>
    public void ReadRepeated(ulong offset, int width, Span<byte> data)
    {
        if (offset == DataOffset && width == 1)
        {
            lock (_lock) ReadItemUnsynchronized(data);
            return;
        }

        for (; !data.IsEmpty; data = data[width..]) Read(offset, data[..width]);
    }

    /// <inheritdoc/>
    public void WriteRepeated(ulong offset, int width, ReadOnlySpan<byte> data)
    {
        for (; !data.IsEmpty; data = data[width..]) Write(offset, data[..width]);
    }

    /// <inheritdoc/>
    public void Reset() => Restore(PowerOn);

    /// <summary>A copy of what the device remembers; the items are not part of it.</summary>
    public FwCfgState Capture()
    {
        lock (_lock) return new FwCfgState(_selector, _offset, _dmaAddressHigh);
    }

    /// <summary>Puts a captured state back.</summary>
    public void Restore(FwCfgState state)
    {
        lock (_lock)
        {
            SelectUnsynchronized(state.Selector);
            _offset = Math.Clamp(state.Offset, 0, _item.Length);
            _dmaAddressHigh = state.DmaAddressHigh;
        }
    }

    private void SelectUnsynchronized(ushort key)
    {
        _selector = key;
        _item = _items[key];
        _offset = 0;
    }

    private void ReadItemUnsynchronized(Span<byte> destination)
    {
        int count = Math.Min(destination.Length, _item.Length - _offset);
        _item.Span.Slice(_offset, count).CopyTo(destination);
        destination[count..].Clear();
        _offset += count;
    }
}
