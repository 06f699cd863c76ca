namespace KvmPS.Core.Machine;

/// <summary>The observer of a run that never begins: of a machine on paper, to see what would be where.</summary>
internal sealed class UnobservedRun : IRunObserver
{
    /// <inheritdoc/>
    public void Ended(MachineInstance instance, MachineExit exit)
    {
    }

    /// <inheritdoc/>
    public void Panicked(MachineInstance instance, MachineExit exit)
    {
    }

    /// <inheritdoc/>
    public void Noticed(string text)
    {
    }

    /// <inheritdoc/>
    public void BecameReady(MachineInstance instance, GuestReadiness readiness)
    {
    }
}
