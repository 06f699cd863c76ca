using KvmPS.Native;

namespace KvmPS.Core.Devices.Virtio;

/// <summary>What outlives the machine: capture and restore.</summary>
public sealed partial class Queue
{
    /// <summary>A copy of all that the queue remembers.</summary>
    internal QueueState Capture()
    {
        using RingMemory.Access rings = _rings.Enter();
        return _isReady ? new QueueState(Layout, true, _nextAvailable, _nextUsed, _signalled) : new QueueState(Layout, false, 0, 0, 0);
    }

    /// <summary>Puts a captured state back into a queue that is not ready.</summary>
    /// <exception cref="ArgumentException">FILE-CONTROLLED: it is ready without being a queue in RAM.</exception>
    internal void Restore(QueueState state, ulong features)
    {
        Layout = state.Layout;
        if (state.IsReady && !TryEnable(features, state.NextAvailable, state.NextUsed, state.Signalled))
            throw new ArgumentException($"The state of queue {Index} is not that of a queue in this machine's RAM.", nameof(state));
    }
}

/// <summary>All that a <see cref="Queue"/> remembers.</summary>
/// <param name="Layout">Where it is.</param>
/// <param name="IsReady">Whether the driver has set it up; otherwise it remembers nothing else.</param>
/// <param name="NextAvailable">The index of the next request.</param>
/// <param name="NextUsed">The index of the next completion.</param>
/// <param name="Signalled">Up to which completion the driver was asked whether it wants an interrupt.</param>
public readonly record struct QueueState(QueueLayout Layout, bool IsReady, ushort NextAvailable, ushort NextUsed, ushort Signalled);
