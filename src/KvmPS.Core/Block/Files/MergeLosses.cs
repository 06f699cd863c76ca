using KvmPS.Core.Block.Qcow2;
using KvmPS.Native;

namespace KvmPS.Core.Block.Files;

/// <summary>What an overlay has beside its disk, and loses when it is merged: it speaks of the overlay as it was, and the base has no place for it.</summary>
internal static class MergeLosses
{
    private const int MostTold = 10;

    /// <summary>A sentence for each thing, by its name.</summary>
    /// <param name="path">The overlay, which is locked.</param>
    /// <param name="header">What its first cluster says.</param>
    /// <exception cref="IOException">It cannot be read.</exception>
    public static IReadOnlyList<string> Of(string path, Qcow2Header header)
    {
        using var file = new HostImageFile(DiskFile.Open(path, DiskFileModes.None));
        string[] things =
        [
            .. BitmapNames.Of(file, header).Take(MostTold + 1).Select(static name => $"the dirty bitmap '{name}'"),
            .. header.UnknownExtensions.Take(MostTold + 1).Select(static type => $"the header extension 0x{type:x8}, which KvmPS does not know"),
        ];
        IEnumerable<string> told = things.Length > MostTold ? things.Take(MostTold).Append("more of the kind") : things;
        return [.. told.Select(thing => $"The merge of '{path}' does not keep {thing}.")];
    }
}
