namespace KvmPS.Bench.Benches;

/// <summary>One comparison of ours with a peer, run side by side.</summary>
internal interface IBench
{
    /// <summary>What it is called on the command line.</summary>
    string Name { get; }

    /// <summary>What it measures, in one line.</summary>
    string Purpose { get; }

    /// <summary>Measures and prints.</summary>
    /// <exception cref="BenchNotPossibleException">Something it needs is not on this machine.</exception>
    void Run(BenchOptions options);
}

/// <summary>A bench lacks something on this machine; the message says what.</summary>
internal sealed class BenchNotPossibleException(string message) : Exception(message);
