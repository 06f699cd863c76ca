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

    /// <summary>How much the samples grow from one to the next: the median of the slopes between any two, which a single step does not move.</summary>
    public static double Slope(this IReadOnlyList<double> samples)
    {
        var slopes = new List<double>();
        for (int first = 0; first < samples.Count; first++)
        {
            for (int second = first + 1; second < samples.Count; second++) slopes.Add((samples[second] - samples[first]) / (second - first));
        }

        return slopes.Median();
    }
}
