namespace KvmPS.Core.Cpu;

/// <summary>What is wrong with a wish about CPU features.</summary>
public enum CpuFeatureProblem
{
    /// <summary>No feature has that name, or it has no sign in front.</summary>
    Unknown,

    /// <summary>A feature is wanted and hidden at once, itself or by what it needs.</summary>
    Contradictory,

    /// <summary>KVM does not offer it on this host.</summary>
    NotOffered,
}

/// <summary>A wish about CPU features that cannot be fulfilled.</summary>
public sealed class CpuFeatureException : Exception
{
    internal CpuFeatureException(CpuFeatureProblem problem, string message, IReadOnlyList<string> nearNames)
        : base(message)
    {
        Problem = problem;
        NearNames = nearNames;
    }

    /// <summary>What is wrong.</summary>
    public CpuFeatureProblem Problem { get; }

    /// <summary>Names that may have been meant, the best first.</summary>
    public IReadOnlyList<string> NearNames { get; }
}
