using KvmPS.Native;

namespace KvmPS.Core.Devices.Virtio.Console;

/// <summary>The messages of the device about ports.</summary>
internal sealed class ControlInput : ConsoleQueue
{
    private readonly ConsoleControl _control;

    /// <summary>Work that has not begun.</summary>
    public ControlInput(ConsoleControl control, Queue queue, GuestMemory memory, IVirtioTransport transport)
        : base(queue, memory, transport)
    {
        _control = control;
        control.OnMessage(Wake);
    }

    /// <inheritdoc/>
    protected override bool HasWork => _control.HasMessages;

    /// <inheritdoc/>
    public override void Dispose()
    {
        _control.OnMessage(null); // before the bell goes
        base.Dispose();
    }

    /// <inheritdoc/>
    protected override string? CarryOut(DescriptorChain chain, out uint written)
    {
        written = 0;
        if (!_control.TryTake(out ControlMessage message)) return null; // a reset of the whole device has taken it back
        byte[] bytes = message.ToBytes();
        if (chain.WritableLength < bytes.Length) return "a buffer too small for a console message";
        ChainBytes.Write(Memory, chain, bytes);
        written = (uint)bytes.Length;
        return null;
    }
}
