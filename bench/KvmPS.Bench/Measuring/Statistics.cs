namespace KvmPS.Bench.Measuring;

/// <summary>Samples boiled down.</summary>
internal static class Statistics
{
    /// <summary>The middle sample; of an even number, the mean of the two in the middle.</summary>
    public static double Median(this IEnumerable<double> samples)
    {
        double[] sorted = [.. samples.Order()];
        int middle = sorted.Length / 2;
        return sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
    }
}
