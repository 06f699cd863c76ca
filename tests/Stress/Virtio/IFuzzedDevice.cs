using KvmPS.Core.Devices.Virtio;

namespace KvmPS.Stress.Virtio;

/// <summary>A device that is fuzzed, with what the fuzz has to know of it.</summary>
internal interface IFuzzedDevice : IDisposable
{
    /// <summary>The device.</summary>
    IVirtioDevice Device { get; }

    /// <summary>How many of its queues a sound driver sets up.</summary>
    uint QueueCount { get; }

    /// <summary>The features of its kind that a sound driver takes.</summary>
    ulong Features { get; }

    /// <summary>Has it work, when it does not by itself.</summary>
    void Work();

    /// <summary>Has it serve an honest driver, after a reset and on <see cref="SoundStart.QueueAt"/>.</summary>
    /// <returns>Whether it did.</returns>
    bool Serves(VirtioRoom room);
}
