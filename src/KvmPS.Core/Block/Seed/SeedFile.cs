namespace KvmPS.Core.Block.Seed;

/// <summary>A file of a seed.</summary>
/// <param name="Name">Its name, such as <c>user-data</c>: ASCII, without a folder.</param>
/// <param name="Content">Its bytes.</param>
public sealed record SeedFile(string Name, ReadOnlyMemory<byte> Content);
