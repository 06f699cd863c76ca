namespace KvmPS.Jobs;

/// <summary>A machine as what a job's work is about.</summary>
internal sealed class MachineSubject(KvmVM vm) : IJobSubject
{
    /// <inheritdoc/>
    public string Location => vm.Name;

    /// <inheritdoc/>
    public string Status => vm.Status;

    /// <inheritdoc/>
    public object Target => vm;
}
