namespace KvmPS.Native;

/// <summary>The size of a terminal's window in characters; zeros when it does not tell.</summary>
/// <param name="Rows">Lines.</param>
/// <param name="Columns">Characters in a line.</param>
public readonly record struct TerminalSize(int Rows, int Columns);
