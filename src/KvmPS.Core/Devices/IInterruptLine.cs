namespace KvmPS.Core.Devices;

/// <summary>The wire from a device to the interrupt controller. Devices say what the level is; edge or level triggering is the controller's business.</summary>
public interface IInterruptLine
{
    /// <summary>Drives the wire. Repeating the present level has no effect. Safe from any thread; never throws.</summary>
    /// <param name="asserted">True while the device wants attention.</param>
    void Set(bool asserted);
}
