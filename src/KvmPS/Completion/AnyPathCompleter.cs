namespace KvmPS;

/// <summary>Completes paths of whatever there is: files to copy, folders to fill.</summary>
internal sealed class AnyPathCompleter() : FilePathCompleter("*");
