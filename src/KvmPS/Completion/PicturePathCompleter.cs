namespace KvmPS;

/// <summary>Completes paths of pictures.</summary>
internal sealed class PicturePathCompleter() : FilePathCompleter("*.svg");
