namespace KvmPS.Core.Devices;

/// <summary>
/// What a device may ask of the machine it is in. A request is noted and carried out after the access that made it: the calls come from
/// vCPU threads, under a device's lock, and neither throw nor wait.
/// </summary>
public interface ISystemControl
{
    /// <summary>The guest pulled the reset line.</summary>
    void RequestReset(ResetSource source);

    /// <summary>The guest asked the machine to end with an exit code.</summary>
    /// <param name="code">The code, as the guest's device computes it.</param>
    void RequestExit(int code);

    /// <summary>The guest switched itself off (ACPI S5).</summary>
    void RequestPowerOff();

    /// <summary>The guest's kernel says that it panicked.</summary>
    /// <param name="how">What it said about it, for people.</param>
    void ReportPanic(string how);

    /// <summary>The guest says that it has started what it is there for.</summary>
    /// <param name="code">The code that it gave.</param>
    void ReportReady(int code);
}
