using KvmPS.Native;

namespace KvmPS.Core.Devices.Virtio;

/// <summary>What a transport needs of the machine around it. The machine keeps what it hands out, and disposes it after the device.</summary>
public interface IVirtioHost
{
    /// <summary>The machine's name, for the names of threads.</summary>
    string MachineName { get; }

    /// <summary>
    /// The bell that the guest rings for a queue. The machine has KVM ring it for the guest's write of 4 bytes with the value
    /// <paramref name="queue"/> at <see cref="MmioRegister.QueueNotify"/>; the transport rings it for a write that exits.
    /// </summary>
    EventFd ConnectDoorbell(int queue);

    /// <summary>
    /// The counter of the guest's acknowledgements, when KVM takes those instead of an exit: 4 bytes with the value
    /// <see cref="VirtioInterrupt.UsedBuffer"/> at <see cref="MmioRegister.InterruptAck"/>. Null when all of them exit.
    /// </summary>
    EventFd? ConnectAcknowledgements();

    /// <summary>The driver of a device misbehaved, and must reset it.</summary>
    void ReportDriverFault(string device, string reason);

    /// <summary>A device failed.</summary>
    void ReportFailure(string device, Exception failure);
}
