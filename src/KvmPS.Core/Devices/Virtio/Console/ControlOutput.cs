using KvmPS.Native;

namespace KvmPS.Core.Devices.Virtio.Console;

/// <summary>The messages of the driver about ports.</summary>
internal sealed class ControlOutput(ConsoleControl control, Queue queue, GuestMemory memory, IVirtioTransport transport) : ConsoleQueue(queue, memory, transport)
{
    /// <inheritdoc/>
    protected override bool HasWork => true;

    /// <inheritdoc/>
    protected override string? CarryOut(DescriptorChain chain, out uint written)
    {
        written = 0;
        Span<byte> bytes = stackalloc byte[ControlMessage.Size];
        if (ChainBytes.Read(Memory, chain, bytes) < ControlMessage.Size) return "a console message that is too short";
        control.Handle(ControlMessage.Read(bytes));
        return null;
    }
}
