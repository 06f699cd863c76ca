namespace KvmPS.Stress.Fuzz;

/// <summary>What a fuzz found, with the seed that finds it again and the shortest case that FsCheck could make of it.</summary>
internal sealed class FuzzFailureException(string message, Exception? inner = null) : Exception(message, inner);
