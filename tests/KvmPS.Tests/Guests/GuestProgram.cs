using System.Numerics;
using System.Text;
using KvmPS.Core.Boot;
using KvmPS.Core.Machine;

namespace KvmPS.Tests.Guests;

/// <summary>The files of a program in <c>tests/Guests</c>.</summary>
internal static class GuestProgram
{
    private const int ParametersOffset = 4;

    /// <summary>All programs: the folders that hold a source.</summary>
    public static IEnumerable<string> Names =>
        Directory.EnumerateDirectories(RepositoryRoot.Combine("tests", "Guests"))
            .Where(static folder => Directory.EnumerateFiles(folder, "*.S").Any())
            .Select(static folder => Path.GetFileName(folder)!)
            .Order(StringComparer.Ordinal);

    /// <summary>A file in the folder of a program.</summary>
    public static string File(string name, string file) => RepositoryRoot.Combine("tests", "Guests", name, file);

    /// <summary>The program as raw code, entered at 0x1000.</summary>
    public static CodeBoot Boot(string name, CpuMode mode = CpuMode.Real) => new(Image(name), mode, MemoryLayout.RawCode);

    /// <summary>The program in real mode with other parameters: the bytes at offset 4.</summary>
    public static CodeBoot Boot(string name, ReadOnlySpan<byte> parameters)
    {
        byte[] image = Image(name);
        parameters.CopyTo(image.AsSpan(ParametersOffset));
        return new CodeBoot(image, CpuMode.Real, MemoryLayout.RawCode);
    }

    /// <summary>What it must print.</summary>
    public static string Expected(string name) => System.IO.File.ReadAllText(File(name, "expected.txt"), Encoding.Latin1);

    /// <summary>The first bytes of the sequence that the floods print and that <c>sink</c> is fed: no two places of it look alike.</summary>
    public static byte[] Sequence(int length)
    {
        byte[] bytes = new byte[length];
        uint x = 0;
        for (int i = 0; i < length; i++)
        {
            x = unchecked(BitOperations.RotateLeft(x, 8) + 0x9e3779b9);
            bytes[i] = (byte)x;
        }

        return bytes;
    }

    private static byte[] Image(string name) => System.IO.File.ReadAllBytes(File(name, name + ".bin"));
}
