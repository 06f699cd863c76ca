namespace KvmPS.Core.Devices;

/// <summary>
/// One wire that several devices drive, as ISA serial ports share an interrupt: it is up while any of them wants attention. Each device gets an
/// input of its own.
/// LOCK ORDER: after the locks of the devices, before that of the wire.
/// </summary>
/// <param name="wire">The wire; nobody else drives it.</param>
public sealed class SharedLine(IInterruptLine wire)
{
    private readonly Lock _lock = new();
    private int _asserted; // inputs that are up

    /// <summary>A new input, which is down.</summary>
    public IInterruptLine CreateInput() => new Input(this);

    private void SetUnsynchronized(bool asserted)
    {
        _asserted += asserted ? 1 : -1;
        wire.Set(_asserted > 0);
    }

    private sealed class Input(SharedLine line) : IInterruptLine
    {
        private bool _level;

        public void Set(bool asserted)
        {
            lock (line._lock)
            {
                if (_level == asserted) return;
                _level = asserted;
                line.SetUnsynchronized(asserted);
            }
        }
    }
}
