namespace KvmPS.Jobs;

/// <summary>What the work of a job is about, as the job shows it.</summary>
internal interface IJobSubject
{
    /// <summary>Where the work goes on: the name of a machine, the path of a file.</summary>
    string Location { get; }

    /// <summary>How it is. It never throws and never waits.</summary>
    string Status { get; }

    /// <summary>What errors have as their target.</summary>
    object Target { get; }
}
