namespace KvmPS.Core.Block.Qcow2;

/// <summary>Collects what a check finds.</summary>
internal sealed class CheckReport
{
    private const int MostProblems = 100;

    private readonly List<string> _problems = [];

    /// <summary>Contradictions.</summary>
    public long Corruptions { get; private set; }

    /// <summary>Of these, what <see cref="Qcow2RepairModes.Copied"/> puts right.</summary>
    public long WrongFlags { get; private set; }

    /// <summary>Of these, refcounts that are too low.</summary>
    public long LowRefcounts { get; private set; }

    /// <summary>Clusters that are counted too often.</summary>
    public long Leaks { get; private set; }

    /// <summary>Clusters of the disk with data.</summary>
    public long AllocatedClusters { get; set; }

    /// <summary>Those of them that are compressed.</summary>
    public long CompressedClusters { get; set; }

    public void AddCorruption(string problem)
    {
        Corruptions++;
        Add(problem);
    }

    public void AddFlag(string problem)
    {
        WrongFlags++;
        AddCorruption(problem);
    }

    /// <summary>Takes a cluster whose refcount is not what it should be.</summary>
    public void AddRefcount(long cluster, ulong counted, ulong used)
    {
        if (counted > used) Leaks++;
        else (Corruptions, LowRefcounts) = (Corruptions + 1, LowRefcounts + 1);
        Add($"cluster {cluster} is counted {counted} times and used {used} times.");
    }

    public Qcow2CheckResult Result(long totalClusters) => new()
    {
        LeakedClusters = Leaks,
        Corruptions = Corruptions,
        LowRefcounts = LowRefcounts,
        AllocatedClusters = AllocatedClusters,
        CompressedClusters = CompressedClusters,
        TotalClusters = totalClusters,
        Problems = _problems,
    };

    private void Add(string problem)
    {
        if (_problems.Count < MostProblems) _problems.Add(problem);
    }
}
