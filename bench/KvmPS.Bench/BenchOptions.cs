using System.Globalization;

namespace KvmPS.Bench;

/// <summary>What the command line asks for.</summary>
/// <param name="Name">The bench, or <c>all</c>; empty when none is named.</param>
/// <param name="Rounds">How many rounds, when it says so.</param>
/// <param name="Quick">Whether fewer rounds will do.</param>
internal sealed record BenchOptions(string Name, int? Rounds, bool Quick)
{
    /// <summary>Reads the arguments.</summary>
    /// <exception cref="FormatException">One of them means nothing.</exception>
    public static BenchOptions Parse(ReadOnlySpan<string> arguments)
    {
        BenchOptions options = new("", null, Quick: false);
        while (!arguments.IsEmpty)
        {
            switch (arguments)
            {
                case ["--quick", ..]:
                    options = options with { Quick = true };
                    break;
                case ["--rounds", string rounds, ..] when int.TryParse(rounds, CultureInfo.InvariantCulture, out int number) && number > 0:
                    options = options with { Rounds = number };
                    arguments = arguments[1..];
                    break;
                case [['-', ..], ..]:
                    throw new FormatException($"'{arguments[0]}' is no option, or lacks its number.");
                default:
                    options = options with { Name = arguments[0] };
                    break;
            }

            arguments = arguments[1..];
        }

        return options;
    }

    /// <summary>The rounds of a bench.</summary>
    /// <param name="full">Unless told otherwise.</param>
    /// <param name="quick">When it is to be quick.</param>
    public int RoundsOr(int full, int quick) => Rounds ?? (Quick ? quick : full);
}
