namespace KvmPS.Core.Debug;

/// <summary>One instruction of a guest.</summary>
/// <param name="Address">Where it is, as an offset into the code segment.</param>
/// <param name="Bytes">Its bytes.</param>
/// <param name="Text">It in Intel syntax; <c>(bad)</c> when the bytes are none.</param>
public sealed record CodeLine(ulong Address, ReadOnlyMemory<byte> Bytes, string Text);

/// <summary>Consecutive instructions of a guest.</summary>
/// <param name="Lines">The instructions: fewer than asked for when their bytes cannot all be read.</param>
/// <param name="InstructionPointer">Where the vCPU stands.</param>
/// <param name="End">The address after the last instruction.</param>
/// <param name="IsMapped">Whether the page tables map <paramref name="End"/>.</param>
public sealed record CodeListing(IReadOnlyList<CodeLine> Lines, ulong InstructionPointer, ulong End, bool IsMapped);
