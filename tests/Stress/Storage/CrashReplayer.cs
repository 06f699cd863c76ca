namespace KvmPS.Stress.Storage;

/// <summary>
/// Chooses what a loss of power leaves of changes that no flush made certain. A fair coin for each would nearly never lose one alone, or all but
/// one, which is what wrong orderings are found by: so the ways to lose are many, and each is as likely.
/// </summary>
internal static class CrashReplayer
{
    private const double TornShare = 0.3; // of the changes that are lost, how many leave a part
    private static readonly Func<IReadOnlyList<HostChange>, Random, Func<HostChange, bool>>[] Ways =
    [
        static (_, _) => static _ => false,
        static (_, _) => static _ => true,
        static (pending, random) => Until(Any(pending, random)),
        static (pending, random) => Not(Until(Any(pending, random))),
        static (_, random) => ByChance(0.5, random),
        static (_, random) => ByChance(0.1, random),
        static (_, random) => ByChance(0.9, random),
        static (pending, random) => Is(Any(pending, random)),
        static (pending, random) => Not(Is(Any(pending, random))),
        static (pending, random) => Any(pending, random).IsNear,
        static (pending, random) => Not(Any(pending, random).IsNear),
    ];

    /// <summary>Makes a choice.</summary>
    /// <param name="pending">The changes, in their order.</param>
    /// <param name="random">The source of the choice: the same seed makes the same one.</param>
    public static Survivors Choose(IReadOnlyList<HostChange> pending, Random random)
    {
        if (pending.Count == 0) return new Survivors([]);
        Func<HostChange, bool> isKept = Ways[random.Next(Ways.Length)](pending, random);
        bool tears = random.Next(2) == 0;
        (HostChange Change, bool[] Pieces)[] kept = [.. pending.Select(change => (change, Pieces(change, isKept(change), tears, random)))];
        if (random.Next(2) == 0) random.Shuffle(kept);
        return new Survivors(kept);
    }

    private static bool[] Pieces(HostChange change, bool isKept, bool tears, Random random)
    {
        bool[] pieces = new bool[change.Pieces];
        if (isKept || !tears || random.NextDouble() > TornShare) Array.Fill(pieces, isKept);
        else for (int i = 0; i < pieces.Length; i++) pieces[i] = random.Next(2) == 0;
        return pieces;
    }

    private static HostChange Any(IReadOnlyList<HostChange> pending, Random random) => pending[random.Next(pending.Count)];

    private static Func<HostChange, bool> Until(HostChange last) => change => change.Number <= last.Number;

    private static Func<HostChange, bool> Is(HostChange one) => change => change.Number == one.Number;

    private static Func<HostChange, bool> ByChance(double share, Random random) => _ => random.NextDouble() < share;

    private static Func<HostChange, bool> Not(Func<HostChange, bool> choice) => change => !choice(change);
}
