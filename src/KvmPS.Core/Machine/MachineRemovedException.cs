namespace KvmPS.Core.Machine;

/// <summary>Somebody wants something of a machine that was removed.</summary>
/// <param name="name">The machine's name.</param>
public sealed class MachineRemovedException(string name) : InvalidOperationException($"Machine '{name}' was removed.");
