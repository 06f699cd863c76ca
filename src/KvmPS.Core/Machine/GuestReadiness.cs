namespace KvmPS.Core.Machine;

/// <summary>A guest's word that it has started what it is there for.</summary>
/// <param name="Code">The byte that it gave.</param>
/// <param name="Timestamp">When, as <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/> tells it.</param>
public sealed record GuestReadiness(int Code, long Timestamp);
