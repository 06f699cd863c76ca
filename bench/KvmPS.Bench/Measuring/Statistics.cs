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

    /// <summary>How much the samples grow from one to the next, by least squares.</summary>
    public static double Slope(this IReadOnlyList<double> samples)
    {
        double middle = (samples.Count - 1) / 2.0;
        double mean = samples.Average();
        double over = samples.Select((sample, index) => (index - middle) * (sample - mean)).Sum();
        return over / Enumerable.Range(0, samples.Count).Sum(index => (index - middle) * (index - middle));
    }
}
