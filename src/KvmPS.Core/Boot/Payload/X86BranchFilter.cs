using System.Buffers.Binary;
using System.Numerics;

namespace KvmPS.Core.Boot;

/// <summary>
/// Undoes xz's x86 filter [xz §5.3.2]: the compressor turned the relative targets of <c>call</c> (E8) and <c>jmp</c> (E9) into absolute ones, which
/// repeat and so compress better.
/// </summary>
/// <remarks>
/// There is no disassembly. An opcode byte counts when the top byte of its operand is 00 or FF, as in code that branches less than 16 MiB, unless
/// opcode-like bytes shortly before it make it likely that it is part of an operand itself. Both sides decide by the same bytes.
/// </remarks>
internal static class X86BranchFilter
{
    private const int OperandSize = 4;
    private const int InstructionSize = 1 + OperandSize;

    /// <summary>A converted target keeps 25 bits, the top one its sign.</summary>
    private const int UnusedBits = 7;

    /// <summary>Undoes the filter in place; positions count from the start of <paramref name="code"/>.</summary>
    public static void Decode(Span<byte> code)
    {
        // Bit n: n + 1 bytes before the current one there was an opcode-like byte that was left alone. Three bytes back is as far as an operand
        // can reach over this opcode and leave its own top byte behind it.
        uint passed = 0;
        int last = -1;

        for (int at = 0; at <= code.Length - InstructionSize; at++)
        {
            int skip = code[at..(code.Length - OperandSize)].IndexOfAny((byte)0xE8, (byte)0xE9);
            if (skip < 0) return;
            at += skip;
            int distance = at - last;
            passed = distance > 3 ? 0 : (passed << (distance - 1)) & 0b111;
            last = at;

            Span<byte> operand = code.Slice(at + 1, OperandSize);
            if (IsOperandItself(passed, operand) || !IsTopByte(operand[3]))
            {
                passed = (passed << 1) | 1;
                continue;
            }

            uint target = BinaryPrimitives.ReadUInt32LittleEndian(operand);
            BinaryPrimitives.WriteUInt32LittleEndian(operand, ToRelative(target, (uint)(at + InstructionSize), passed));
            at += OperandSize;
        }
    }

    /// <summary>Whether the bytes before say so: several opcodes, or one whose operand, which ends in ours, looks like a target.</summary>
    private static bool IsOperandItself(uint passed, ReadOnlySpan<byte> operand) =>
        passed != 0 && (!BitOperations.IsPow2(passed) || IsTopByte(operand[3 - DistanceOf(passed)]));

    /// <summary>
    /// The relative target. Where an earlier opcode's operand overlaps ours, the encoder repeated its step until the shared byte no longer looked
    /// like the top of a target, lest the decoder take that one for converted; it is repeated backwards here.
    /// </summary>
    private static uint ToRelative(uint target, uint next, uint passed)
    {
        uint relative = unchecked(target - next);
        if (passed != 0)
        {
            int shared = 24 - (DistanceOf(passed) * 8);
            while (IsTopByte((byte)(relative >> shared))) relative = unchecked((relative ^ ((1u << (shared + 8)) - 1)) - next);
        }

        return (uint)((int)(relative << UnusedBits) >> UnusedBits);
    }

    private static int DistanceOf(uint passed) => BitOperations.Log2(passed) + 1;

    private static bool IsTopByte(byte value) => value is 0x00 or 0xFF;
}
