namespace KvmPS.Core.Block.Qcow2;

/// <summary>What a check of an image found.</summary>
public sealed record Qcow2CheckResult
{
    /// <summary>Clusters that are counted more often than they are used: their room is lost, and nothing else.</summary>
    public required long LeakedClusters { get; init; }

    /// <summary>Contradictions that endanger data, wrong refcounts and flags among them.</summary>
    public required long Corruptions { get; init; }

    /// <summary>Of the corruptions, clusters that are counted less often than they are used.</summary>
    public required long LowRefcounts { get; init; }

    /// <summary>Clusters of the disk that have data, compressed ones among them.</summary>
    public required long AllocatedClusters { get; init; }

    /// <summary>Clusters of the disk that are compressed.</summary>
    public required long CompressedClusters { get; init; }

    /// <summary>Clusters that the disk is divided into.</summary>
    public required long TotalClusters { get; init; }

    /// <summary>What was found, one sentence each; the first hundred.</summary>
    public required IReadOnlyList<string> Problems { get; init; }

    /// <summary>Whether nothing was found.</summary>
    public bool IsClean => LeakedClusters == 0 && Corruptions == 0;
}
