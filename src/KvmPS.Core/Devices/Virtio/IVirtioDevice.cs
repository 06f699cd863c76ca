namespace KvmPS.Core.Devices.Virtio;

/// <summary>
/// What one kind of virtio device does, behind a transport that does what all kinds have in common. Nothing here throws: whoever finds the guest at
/// fault calls <see cref="IVirtioTransport.Fail"/>.
/// </summary>
/// <remarks>
/// The transport makes all calls from vCPU threads, one at a time except for the configuration space, which has a lock of its own. It holds its lock
/// meanwhile and <see cref="Reset"/> waits for the device's threads, so those must not access the transport's registers; all of
/// <see cref="IVirtioTransport"/> and <see cref="Queue"/> is made for them.
/// </remarks>
public interface IVirtioDevice : IDisposable
{
    /// <summary>A short name for tables, threads and errors, such as <c>disk0</c>.</summary>
    string Name { get; }

    /// <summary>What kind of device it is [virtio-1.2 §5].</summary>
    uint DeviceId { get; }

    /// <summary>The feature bits of its kind that it offers; the transport adds its own (<see cref="VirtioFeature.OfTransport"/>).</summary>
    ulong Features { get; }

    /// <summary>Which of its features make no sense without another; a driver that takes one alone is refused [virtio-1.2 §2.2.1].</summary>
    IReadOnlyList<FeatureDependency> FeatureDependencies => [];

    /// <summary>The most entries of each queue, a power of two up to 32768; the number of queues never changes.</summary>
    IReadOnlyList<ushort> QueueSizes { get; }

    /// <summary>Called once, by the transport that will drive the device.</summary>
    void Attach(IVirtioTransport transport);

    /// <summary>
    /// The guest reads the configuration space, at any offset and width; what the device does not fill reads 0. Called under the lock that
    /// <see cref="IVirtioTransport.ChangeConfig"/> takes.
    /// </summary>
    void ReadConfig(int offset, Span<byte> data);

    /// <summary>The guest writes the configuration space, under the same lock. What is not writable is ignored.</summary>
    void WriteConfig(int offset, ReadOnlySpan<byte> data);

    /// <summary>
    /// The driver is ready: the device begins to work on the queues that are ready, and looks at each once without having been notified.
    /// An exception (no thread, no descriptor left) is reported and costs the guest this device until the next reset.
    /// </summary>
    void Activate(VirtioContext context);

    /// <summary>
    /// Ends what <see cref="Activate"/> began and returns when the device touches no guest memory any more and completes nothing. Also called when
    /// nothing was activated.
    /// </summary>
    void Reset();

    /// <summary>
    /// Stops the work on one queue, and returns when the device touches no memory of its requests and completes none [virtio-1.2 §2.6.1]. The others go on.
    /// </summary>
    void ResetQueue(int index);

    /// <summary>Begins to work on a queue that has become ready while the device was active.</summary>
    void EnableQueue(Queue queue);

    /// <summary>
    /// Stands still: finishes what it has taken from its queues, takes nothing more, and returns when it touches neither guest memory nor files. What the
    /// driver has offered stays in the rings. The driver stands still meanwhile.
    /// </summary>
    /// <param name="cancellation">Ends the wait; <see cref="Resume"/> is due all the same.</param>
    /// <exception cref="OperationCanceledException">It was cancelled.</exception>
    void Quiesce(CancellationToken cancellation);

    /// <summary>Goes on after <see cref="Quiesce"/>, with what is in the rings. Nothing happens to a device that does not stand still.</summary>
    void Resume();
}
