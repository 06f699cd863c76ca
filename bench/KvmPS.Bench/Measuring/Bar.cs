using System.Globalization;

namespace KvmPS.Bench.Measuring;

/// <summary>What a figure has to reach.</summary>
/// <param name="Text">The bar in words.</param>
/// <param name="IsMet">Whether our figure, beside the peer's, reaches it.</param>
internal sealed record Bar(string Text, Func<double, double, bool> IsMet)
{
    /// <summary>No bar: the figure is for information.</summary>
    public static Bar? None => null;

    /// <summary>At most so many times the peer's figure.</summary>
    public static Bar Ratio(double most) => new(string.Create(CultureInfo.InvariantCulture, $"<= {most:0.###} x"), (ours, peer) => ours <= most * peer);

    /// <summary>At least so many times the peer's figure.</summary>
    public static Bar AtLeast(double least) => new(string.Create(CultureInfo.InvariantCulture, $">= {least:0.###} x"), (ours, peer) => ours >= least * peer);

    /// <summary>At most so much more than the peer's figure.</summary>
    public static Bar Over(double most) => new(string.Create(CultureInfo.InvariantCulture, $"<= +{most:0.###}"), (ours, peer) => ours <= peer + most);

    /// <summary>At most so much, whatever the peer does.</summary>
    public static Bar AtMost(double most) => new(string.Create(CultureInfo.InvariantCulture, $"<= {most:0.###}"), (ours, _) => ours <= most);
}
