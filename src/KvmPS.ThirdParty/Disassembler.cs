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
}
