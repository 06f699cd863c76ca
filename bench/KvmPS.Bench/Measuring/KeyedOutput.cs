using System.Globalization;
using KvmPS.Bench.Benches;

namespace KvmPS.Bench.Measuring;

/// <summary>The figures that a child process printed, each on a line as <c>name=number</c>.</summary>
internal sealed class KeyedOutput
{
    private readonly Dictionary<string, double> _figures = new(StringComparer.Ordinal);
    private readonly Child _child;

    private KeyedOutput(Child child) => _child = child;

    /// <summary>A figure.</summary>
    /// <exception cref="BenchNotPossibleException">The child did not print it.</exception>
    public double this[string name] =>
        _figures.TryGetValue(name, out double figure) ? figure : throw new BenchNotPossibleException($"a child printed no {name}: {_child.Output}{_child.Errors}");

    /// <summary>Reads what a child printed; other lines are none of its business.</summary>
    public static KeyedOutput Of(Child child)
    {
        var output = new KeyedOutput(child);
        foreach (string line in child.Output.Split('\n'))
        {
            if (line.Split('=') is [string name, string text] && double.TryParse(text, CultureInfo.InvariantCulture, out double figure)) output._figures[name] = figure;
        }

        return output;
    }

    /// <summary>Prints a figure so that <see cref="Of"/> finds it.</summary>
    public static void Print(string name, double figure) => Console.Out.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{name}={figure}"));
}
