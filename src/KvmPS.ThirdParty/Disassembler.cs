using Iced.Intel;

namespace KvmPS.ThirdParty;

/// <summary>Machine code as text, by Iced.</summary>
internal static class Disassembler
{
    /// <summary>The first instruction in some bytes, in Intel syntax.</summary>
    /// <param name="code">At least one byte.</param>
    /// <param name="bitness">16, 32 or 64.</param>
    /// <param name="instructionPointer">Where the code is, for relative targets.</param>
    public static string FirstInstruction(byte[] code, int bitness, ulong instructionPointer)
    {
        var decoder = Decoder.Create(bitness, code, instructionPointer);
        decoder.Decode(out Instruction instruction);
        var output = new StringOutput();
        new NasmFormatter().Format(instruction, output);
        return output.ToString();
    }

    /// <summary>Consecutive instructions with their lengths, in Intel syntax; bytes that are no instruction are <c>(bad)</c>.</summary>
    /// <param name="code">The bytes. An instruction that they cut off ends the list.</param>
    /// <param name="bitness">16, 32 or 64.</param>
    /// <param name="instructionPointer">Where the code is, for relative targets.</param>
    /// <param name="count">At most so many.</param>
    public static IEnumerable<(int Length, string Text)> Instructions(byte[] code, int bitness, ulong instructionPointer, int count)
    {
        var decoder = Decoder.Create(bitness, code, instructionPointer);
        var formatter = new NasmFormatter();
        var output = new StringOutput();
        for (int number = 0; number < count; number++)
        {
            decoder.Decode(out Instruction instruction);
            if (decoder.LastError == DecoderError.NoMoreBytes) yield break;
            formatter.Format(instruction, output);
            yield return (instruction.Length, output.ToStringAndReset());
        }
    }
}
