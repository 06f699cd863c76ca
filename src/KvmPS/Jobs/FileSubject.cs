namespace KvmPS.Jobs;

/// <summary>A file as what a job's work is about; the work says how far it is.</summary>
internal sealed class FileSubject(string path) : IJobSubject
{
    private volatile string _status = "";

    /// <inheritdoc/>
    public string Location => path;

    /// <inheritdoc/>
    public string Status
    {
        get => _status;
        set => _status = value;
    }

    /// <inheritdoc/>
    public object Target => path;
}
