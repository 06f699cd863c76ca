using System.Text;

namespace KvmPS.Stress.Storage;

/// <summary>What of the uncertain changes has reached the disk when the power fails, in the order in which it did.</summary>
/// <param name="Kept">The changes, each with the pieces that are there; those of which nothing is there too.</param>
internal sealed record Survivors(IReadOnlyList<(HostChange Change, bool[] Pieces)> Kept)
{
    /// <summary>The file as it is found.</summary>
    /// <param name="stable">What was certain.</param>
    public ImageBytes Over(ImageBytes stable)
    {
        ImageBytes image = stable.Copy();
        foreach ((HostChange change, bool[] pieces) in Kept)
        {
            for (int i = 0; i < pieces.Length; i++)
            {
                if (pieces[i]) change.ApplyTo(image, i);
            }
        }

        return image;
    }

    /// <summary>
    /// The same finding with as little lost as a few tries can do: in the order of the record, then with one change after the other kept whole,
    /// then with those that are torn lost whole.
    /// </summary>
    /// <param name="stillFails">Whether the finding is still there.</param>
    public Survivors Minimized(Func<Survivors, bool> stillFails)
    {
        const int mostTries = 200;
        Survivors best = this;
        int tries = 0;
        var ordered = new Survivors([.. Kept.OrderBy(static kept => kept.Change.Number)]);
        if (stillFails(ordered)) best = ordered;
        foreach (bool whole in (bool[])[true, false])
        {
            for (int i = 0; i < best.Kept.Count && tries < mostTries; i++)
            {
                bool[] pieces = best.Kept[i].Pieces;
                if (!pieces.Contains(value: false) || (!whole && !pieces.Contains(value: true))) continue;
                tries++;
                Survivors next = best.With(i, whole);
                if (stillFails(next)) best = next;
            }
        }

        return best;
    }

    /// <inheritdoc/>
    public override string ToString()
    {
        var text = new StringBuilder();
        foreach ((HostChange change, bool[] pieces) in Kept)
        {
            string fate = !pieces.Contains(value: false) ? "kept" : !pieces.Contains(value: true) ? "LOST" : "TORN " + string.Concat(pieces.Select(static piece => piece ? '#' : '.'));
            text.Append("  ").Append(change).Append(": ").AppendLine(fate);
        }

        return text.ToString();
    }

    private Survivors With(int index, bool whole)
    {
        var kept = Kept.ToList();
        bool[] pieces = new bool[kept[index].Pieces.Length];
        Array.Fill(pieces, whole);
        kept[index] = (kept[index].Change, pieces);
        return new Survivors(kept);
    }
}
