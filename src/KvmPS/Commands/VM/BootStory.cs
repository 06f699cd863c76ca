using KvmPS.Core.Boot;

namespace KvmPS.Commands;

/// <summary>Tells in words how an image will be booted: what <c>-WhatIf</c> and <c>-Verbose</c> say. Made while the image is open.</summary>
/// <param name="Summary">One phrase: format, version, compression, entry.</param>
/// <param name="Steps">What goes where, and what else is to know.</param>
internal sealed record BootStory(string Summary, IReadOnlyList<string> Steps)
{
    /// <summary>The story of an image.</summary>
    public static BootStory Of(BootImage image)
    {
        string version = image.KernelVersion is { } text ? $" of kernel {text}" : "";
        string payload = image.Compression is not { } compression ? ""
            : image.IsExtracted ? $", {compression} payload extracted on the host" : $", {compression} payload left to the guest";
        string[] steps =
        [
            .. image.Segments.Select(static segment => $"Load 0x{segment.FileSize:x} bytes at {segment.Address}-{segment.End} (zero after the bytes of the file)."),
            .. image.Notes.Select(static note => $"Note: {note}."),
            $"Enter at {image.Entry} in {image.Mode} mode ({image.Protocol}).",
        ];
        return new BootStory($"{image.Format}{version}{payload}, entered at {image.Entry} in {image.Mode} mode", steps);
    }
}
