using KvmPS.Core.Devices.Virtio;
using KvmPS.Native;

namespace KvmPS.Tests.Devices.Virtio;

/// <summary>A machine that takes no notes and has one bell for all: for tests that make very many devices.</summary>
internal sealed class NullVirtioHost : IVirtioHost
{
    private static readonly EventFd Bell = new();

    public string MachineName => "null";

    public EventFd ConnectDoorbell(int queue) => Bell;

    public EventFd? ConnectAcknowledgements() => null;

    public void ReportDriverFault(string device, string reason)
    {
    }

    public void ReportFailure(string device, Exception failure)
    {
    }
}
