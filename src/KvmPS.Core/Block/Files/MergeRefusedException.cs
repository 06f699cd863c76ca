namespace KvmPS.Core.Block.Files;

/// <summary>An image that is in order, and that a merge is not for.</summary>
public sealed class MergeRefusedException : IOException
{
    /// <summary>Why not.</summary>
    /// <param name="image">The full path.</param>
    /// <param name="hasSnapshots">Whether because of its internal snapshots; else since it rests on no other image.</param>
    public MergeRefusedException(string image, bool hasSnapshots)
        : base($"'{image}' cannot be merged: it {(hasSnapshots ? "has internal snapshots, which would be lost" : "rests on no other image")}.") =>
        (Image, HasSnapshots) = (image, hasSnapshots);

    /// <summary>The full path.</summary>
    public string Image { get; }

    /// <summary>Whether internal snapshots are in the way.</summary>
    public bool HasSnapshots { get; }
}
