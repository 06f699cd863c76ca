namespace KvmPS.Core.Block;

/// <summary>That somebody uses an image.</summary>
/// <param name="IsWritten">Whether they write it.</param>
/// <param name="Holder">Who, such as <c>process 4711 (qemu-system-x86)</c>; null when this user may not know.</param>
public sealed record ImageUse(bool IsWritten, string? Holder);
